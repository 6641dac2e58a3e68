"""Stored mails as words."""

from collections.abc import Sequence

from flask_sqlalchemy.session import Session

from notification_service.email.letters import Letter, Stationery, letter_of
from notification_service.email.mailing import TO_OWNER
from notification_service.inbox import repository as inbox
from notification_service.inbox.rules import NewNotification
from notification_service.models import Mail
from shared.identifiers import derived_id
from shared.json_parsing import parse


def words_of(session: Session, mails: Sequence[Mail], stationery: Stationery) -> dict[str, Letter]:
    """What each of these mails says, by its id."""
    facts = {mail.id: NewNotification(**parse(mail.facts)) for mail in mails}
    named = {account for one in facts.values() for account in (one.account_id, one.other_account_id) if account}
    accounts = inbox.known_accounts(session, named)
    return {
        mail_id: letter_of(one, accounts, stationery, is_to_owner=mail_id == derived_id(one.id, TO_OWNER))
        for mail_id, one in facts.items()
    }

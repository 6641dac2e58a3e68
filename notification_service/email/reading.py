"""Stored mails as words."""

from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from flask_sqlalchemy.session import Session

from notification_service.email.mailing import PASSWORD_RESET, TO_OWNER, mail_id_of
from notification_service.email.message_builder import MailMessage, Stationery, letter_of, reset_letter
from notification_service.inbox import repository as inbox
from notification_service.inbox.rules import NewNotification
from notification_service.models import Mail
from shared.http.json_parsing import parse
from shared.storage.secret_vault import SecretVault
from shared.time import clock


def words_of(
    session: Session, mails: Sequence[Mail], stationery: Stationery, vault: SecretVault
) -> dict[str, MailMessage]:
    """What each of these mails says, by its id."""
    resets = [mail for mail in mails if mail.kind == PASSWORD_RESET]
    facts = {mail.id: NewNotification(**parse(mail.facts)) for mail in mails if mail.kind != PASSWORD_RESET}
    named = {account for one in facts.values() for account in (one.account_id, one.other_account_id) if account}
    accounts = inbox.known_accounts(session, named)
    words = {
        mail_id: letter_of(one, accounts, stationery, is_to_owner=mail_id == mail_id_of(one.id, TO_OWNER))
        for mail_id, one in facts.items()
    }
    return words | {mail.id: reset_letter(_token(mail, vault), stationery) for mail in resets}


def is_too_late(mail: Mail) -> bool:
    """Whether the mail would say what holds no more."""
    return mail.kind == PASSWORD_RESET and (mail.sealed is None or parse(mail.facts)["expires_at"] <= clock.now_us())


def _token(mail: Mail, vault: SecretVault) -> str | None:
    """The token while it holds; None too where auth sealed it under another secret than this service has."""
    if is_too_late(mail) or mail.sealed is None:
        return None
    try:
        return vault.open(mail.user_id, mail.sealed)
    except InvalidTag:
        return None

"""Closing, freezing and unfreezing: written down as pending, carried out in the ledger, then settled."""

from typing import Any

from flask import g
from flask_sqlalchemy.session import Session

from account_service import audit, repository, serializers
from account_service.caller import Caller
from account_service.cards.repository import has_card_frozen_by_bank
from account_service.context import AccountContext
from account_service.lifecycle import CLOSED, obstacle, while_pending
from account_service.pending_changes import LEASE_US, change_in_ledger
from account_service.refusals import CARD_FROZEN_BY_BANK
from shared.audit import AuditDetails, acting_now
from shared.audit_enums import AuditAction
from shared.http.json_parsing import render
from shared.refusals import NOT_FOUND, OWN_INTEREST, Refused
from shared.time import clock


def change_status(context: AccountContext, caller: Caller, account_id: str, wanted: str, reason: str) -> dict[str, Any]:
    """Make the account open, frozen or closed; what it then looks like.

    Closing what is closed changes nothing. Raises Refused: 404, the obstacle in its way, the ledger's refusal; or 503
    and 504, after which the change will still be carried out as soon as the ledger answers.
    """
    with context.database.write_session() as session:
        account = repository.account(session, caller, account_id, for_update=True)
        if account is None:
            raise Refused(NOT_FOUND)
        if wanted != CLOSED and account.user_id == caller.user_id:
            raise Refused(OWN_INTEREST)
        is_done = account.status == wanted == CLOSED
        if not is_done:
            refusal = obstacle(account.status, account.pending_status, wanted)
            if refusal is not None:
                raise Refused(refusal)
            if wanted == CLOSED and not caller.acts_for_bank(account.user_id):
                _check_no_card_is_frozen(session, account_id)
            account.status, account.pending_status = while_pending(account.status, wanted), wanted
            account.pending_reason, account.leased_until = reason, clock.now_us() + LEASE_US
            account.pending_by = render({**caller.acting, "request_id": g.request_id, **_origin(caller)})
        else:
            told = AuditDetails({"status": account.status}, {"status": account.status}, reason)
            audit.write(session, AuditAction.ACCOUNT_CLOSED, audit.of_account(account), told)
    state = context.ledger.states([account_id]).get(account_id) if is_done else change_in_ledger(context, account)
    with context.database.read_session() as session:
        changed = repository.accounts_by_id(session, [account_id]).get(account_id, account)
    shows_number = caller.sees_number(user_id=changed.user_id, synthetic=changed.synthetic)
    return serializers.account(changed, state, shows_number=shows_number)


def _origin(caller: Caller) -> dict[str, str | None]:
    """From where staff ask, for the audit trail alone."""
    if not caller.is_staff:
        return {}
    by = acting_now()
    return {"address": by.address, "client": by.client}


def _check_no_card_is_frozen(session: Session, account_id: str) -> None:
    """Closing ends the cards: one that the bank froze its owner does not get rid of. Raises Refused (409)."""
    if has_card_frozen_by_bank(session, account_id):
        raise Refused(CARD_FROZEN_BY_BANK)

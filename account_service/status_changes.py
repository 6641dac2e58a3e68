"""Closing, freezing and unfreezing: written down as pending, carried out in the ledger, then settled."""

from typing import Any

from account_service import repository, serializers
from account_service.caller import Caller
from account_service.context import AccountContext
from account_service.lifecycle import CLOSED, obstacle, while_pending
from account_service.pending_changes import LEASE_US, change_in_ledger
from shared import clock
from shared.refusals import NOT_FOUND, Refused


def change_status(context: AccountContext, caller: Caller, account_id: str, wanted: str, reason: str) -> dict[str, Any]:
    """Make the account open, frozen or closed; what it then looks like.

    Closing what is closed changes nothing. Raises Refused: 404, the obstacle in its way, the ledger's refusal; or 503
    and 504, after which the change will still be carried out as soon as the ledger answers.
    """
    with context.database.write() as connection:
        account = repository.account(connection, caller, account_id, for_update=True)
        if account is None:
            raise Refused(NOT_FOUND)
        is_done = account.status == wanted == CLOSED
        if not is_done:
            refusal = obstacle(account.status, account.pending_status, wanted)
            if refusal is not None:
                raise Refused(refusal)
            account = repository.begin_change(
                connection,
                account_id,
                status=while_pending(account.status, wanted),
                pending=wanted,
                reason=reason,
                leased_until=clock.now_us() + LEASE_US,
            )
    ledger_state = (
        context.ledger.states([account_id]).get(account_id) if is_done else change_in_ledger(context, account)
    )
    with context.database.read() as connection:
        account = repository.accounts_by_id(connection, [account_id])[account_id]
    shows_number = caller.sees_number(user_id=account.user_id, synthetic=bool(account.synthetic))
    return serializers.account(account, ledger_state, shows_number=shows_number)

"""Closing, freezing and unfreezing: written down as pending, carried out in the ledger, then settled."""

from typing import Any

from account_service import rendering, repository
from account_service.branch import Branch
from account_service.lifecycle import CLOSED, obstacle, while_pending
from account_service.settling import LEASE_US, change_in_ledger
from account_service.viewer import Viewer
from shared import clock
from shared.refusals import NOT_FOUND, Refused


def change_status(branch: Branch, viewer: Viewer, account_id: str, wanted: str, reason: str) -> dict[str, Any]:
    """Make the account open, frozen or closed; what it then looks like.

    Closing what is closed changes nothing. Raises Refused: 404, the obstacle in its way, the ledger's refusal; or 503
    and 504, after which the change will still be carried out as soon as the ledger answers.
    """
    with branch.database.write() as connection:
        account = repository.account(connection, viewer, account_id, for_update=True)
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
    standing = branch.ledger.standings([account_id]).get(account_id) if is_done else change_in_ledger(branch, account)
    with branch.database.read() as connection:
        account = repository.accounts_by_id(connection, [account_id])[account_id]
    shows_number = viewer.sees_number(user_id=account.user_id, synthetic=bool(account.synthetic))
    return rendering.account(account, standing, shows_number=shows_number)

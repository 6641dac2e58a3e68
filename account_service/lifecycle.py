"""The life of an account: which states there are, what may follow what, and what is shown. Pure.

Every change is first written down here as `pending`, then carried out in the ledger, then settled here. So a crash at
any point leaves either nothing or a pending change that can be carried out again.
"""

from account_service.refusals import ACCOUNT_BUSY
from shared.enums import AccountStatus
from shared.refusals import Refusal
from shared.service_refusals import ACCOUNT_CLOSED, ACCOUNT_FROZEN

OPENING, OPEN, FROZEN = AccountStatus.OPENING, AccountStatus.OPEN, AccountStatus.FROZEN
CLOSING, CLOSED, REFUSED = AccountStatus.CLOSING, AccountStatus.CLOSED, AccountStatus.REFUSED

# A refusal (4xx) is the ledger's last word, so that carrying the change out again cannot help; but for these, which
# speak of the call and not of the change. Everything else is tried again.
_NOT_FINAL_STATUSES = frozenset({401, 403, 408, 425, 429})


def obstacle(status: str, pending: str | None, wanted: str) -> Refusal | None:
    """Why an account in this status cannot be asked to become `wanted`; None when it can."""
    if status in (CLOSED, REFUSED):
        return ACCOUNT_CLOSED
    if pending is not None:
        return ACCOUNT_BUSY
    if status == FROZEN and wanted == CLOSED:
        return ACCOUNT_FROZEN
    return None


def while_pending(status: str, wanted: str) -> str:
    """The status an account has while a change to `wanted` is carried out."""
    return CLOSING if wanted == CLOSED else status


def after_refusal(status: str) -> str:
    """The status an account has when the ledger has refused the pending change for good."""
    settled: dict[str, str] = {OPENING: REFUSED, CLOSING: OPEN}
    return settled.get(status, status)


def is_final(refusal: Refusal) -> bool:
    """Whether this answer of the ledger settles a change, so that asking again would be pointless."""
    is_refusal = 400 <= refusal.status < 500 and refusal.status not in _NOT_FINAL_STATUSES
    return is_refusal and not refusal.retryable


def settled_status(status: str) -> str | None:
    """The last settled status of an account in this one, which is what other services are told of.

    None for an account that has not come to be, or never will: of that they are told nothing.
    """
    if status in (OPENING, REFUSED):
        return None
    return OPEN if status == CLOSING else status


def shown_status(status: str, ledger_status: str | None) -> str:
    """What people see: frozen and closed as the ledger has it (None: it does not know the account), else our own."""
    if ledger_status is None:
        return status
    if ledger_status != OPEN:
        return ledger_status
    return status if status in (OPENING, CLOSING) else OPEN

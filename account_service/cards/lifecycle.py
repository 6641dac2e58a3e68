"""The life of a card: what may follow what, and what is shown. Pure.

A card pays while it is active, stands still while it is frozen, and everything else is its end. That it has expired
nobody writes down: the bank's calendar says so.
"""

from account_service.refusals import CARD_ENDED, CARD_FROZEN_BY_BANK
from shared.card_enums import FrozenBy
from shared.enums import CardStatus
from shared.refusals import Refused

LIVING = (CardStatus.ACTIVE, CardStatus.FROZEN)
REPORTED = {"lost": CardStatus.LOST, "stolen": CardStatus.STOLEN, "fraud": CardStatus.BLOCKED}
"""What a card becomes when its owner says what happened to it."""
_REPLACEABLE = (*LIVING, *REPORTED.values())


def shown_status(status: str, expires: str, month: str) -> str:
    """What people see of a card in this month of the bank (`2030-11`)."""
    return CardStatus.EXPIRED if status in LIVING and expires < month else status


def check_living(status: str) -> None:
    """Raises Refused (409) for a card (`shown_status`) that has ended."""
    if status not in LIVING:
        raise Refused(CARD_ENDED, details={"status": status})


def check_may_release(frozen_by: str | None, *, by_bank: bool) -> None:
    """Raises Refused (409) when its owner wants a card that the bank has frozen to be another than that."""
    if frozen_by == FrozenBy.BANK and not by_bank:
        raise Refused(CARD_FROZEN_BY_BANK)


def check_replaceable(status: str, *, is_replaced: bool) -> None:
    """Raises Refused (409) for a card (`shown_status`) that gets no successor: cancelled, or one that has one.

    The account of a credit card goes on with any other, so that it is set and given up by a lost one as well.
    """
    if is_replaced or status not in (*_REPLACEABLE, CardStatus.EXPIRED):
        raise Refused(CARD_ENDED, details={"status": status})

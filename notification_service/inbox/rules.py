"""Which rows of the bank's feeds are worth telling somebody about, and whom. Pure.

Money received: into an account of yours, from anybody but yourself. A shop or a landlord is not told of each sale or
rent: those are takings, read in a statement. Large payment: out of an account of yours, to anybody but yourself;
paying wages is a firm's routine. Payment reversed: money that had come in was taken back, however little it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from shared.device_names import device_name
from shared.enums import AccountEventType, NotificationType, TransactionType, UserEventType
from shared.money import MINOR_UNIT_DIGITS

TYPES_OF_FEED: dict[str, tuple[NotificationType, ...]] = {
    "journal": (
        NotificationType.MONEY_RECEIVED,
        NotificationType.LARGE_PAYMENT,
        NotificationType.PAYMENT_REVERSED,
    ),
    "accounts": (
        NotificationType.ACCOUNT_OPENED,
        NotificationType.ACCOUNT_FROZEN,
        NotificationType.ACCOUNT_UNFROZEN,
    ),
    "users": (
        NotificationType.NEW_DEVICE_LOGIN,
        NotificationType.PASSWORD_CHANGED,
        NotificationType.EMAIL_CHANGED,
    ),
}
"""What each feed gives rise to."""

_OF_ACCOUNT_EVENTS = {
    AccountEventType.ACCOUNT_OPENED: NotificationType.ACCOUNT_OPENED,
    AccountEventType.ACCOUNT_FROZEN: NotificationType.ACCOUNT_FROZEN,
    AccountEventType.ACCOUNT_UNFROZEN: NotificationType.ACCOUNT_UNFROZEN,
}
TAKINGS = frozenset({TransactionType.CARD_PURCHASE, TransactionType.BILL_PAYMENT})
ROUTINE_PAYMENTS = frozenset({TransactionType.PAYROLL})
LONGEST_DETAIL = 500


@dataclass(frozen=True, slots=True)
class NewNotification:
    """One notification to be, as facts. `created_at` is in microseconds of the bank's time, amounts in minor units.

    `detail` is the payment's description, why an account was frozen, the browser and address of a log-in, or the e-mail
    addresses.
    """

    id: str
    user_id: str
    type: str
    created_at: int
    entry_id: str | None = None
    movement: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    account_id: str | None = None
    other_account_id: str | None = None
    detail: str = ""


def large_minor(large_payment: str, currency: str) -> int:
    """The minor units of this currency from which a payment is large; `large_payment` has up to three decimals."""
    whole, _, fraction = large_payment.partition(".")
    per_unit = int("1" + "0" * MINOR_UNIT_DIGITS[currency])
    thousandths = int(whole + fraction.ljust(3, "0"))
    return -(-thousandths * per_unit // 1000)


def of_entry(row: dict[str, Any], is_large: Callable[[int, str], bool]) -> list[NewNotification]:
    """The notifications in one row of the ledger's journal; `is_large(amount_minor, currency)` judges a payment."""
    owned = [leg for leg in row["postings"] if leg["owner_id"] is not None]
    payers = {leg["owner_id"]: leg for leg in owned if leg["amount_minor"] < 0}
    payees = {leg["owner_id"]: leg for leg in owned if leg["amount_minor"] > 0}
    found: list[NewNotification] = []
    if row["type"] not in TAKINGS:
        found += [
            _movement(row, NotificationType.MONEY_RECEIVED, leg, payers)
            for owner, leg in payees.items()
            if owner not in payers
        ]
    if row["type"] == TransactionType.REVERSAL:
        found += [_movement(row, NotificationType.PAYMENT_REVERSED, leg, payees) for leg in payers.values()]
    elif row["type"] not in ROUTINE_PAYMENTS:
        found += [
            _movement(row, NotificationType.LARGE_PAYMENT, leg, payees)
            for owner, leg in payers.items()
            if owner not in payees and is_large(-leg["amount_minor"], row["currency"])
        ]
    return found


def of_account_event(row: dict[str, Any], occurred_at: int) -> list[NewNotification]:
    """The notification in one row of the account service's events, if any; `occurred_at` in the bank's time."""
    kind = _OF_ACCOUNT_EVENTS.get(row["type"])
    if kind is None:
        return []
    facts = row["data"]
    notification = NewNotification(
        id=_id(row["id"], facts["user_id"]),
        user_id=facts["user_id"],
        type=kind,
        created_at=occurred_at,
        account_id=facts["account_id"],
        detail=(facts.get("reason") or "")[:LONGEST_DETAIL],
    )
    return [notification]


def of_user_event(row: dict[str, Any], occurred_at: int) -> list[NewNotification]:
    """The notification in one row of auth's events, if any; `occurred_at` in the bank's time."""
    facts = row["data"]
    if row["type"] == UserEventType.USER_LOGGED_IN and facts["new_device"]:
        kind, detail = NotificationType.NEW_DEVICE_LOGIN, _device(facts)
    elif row["type"] == UserEventType.PASSWORD_CHANGED:
        kind, detail = NotificationType.PASSWORD_CHANGED, ""
    elif row["type"] == UserEventType.EMAIL_CHANGED:
        kind, detail = NotificationType.EMAIL_CHANGED, f"from {facts['old_email']} to {facts['new_email']}"
    else:
        return []
    user_id = facts["user_id"]
    return [NewNotification(_id(row["id"], user_id), user_id, kind, occurred_at, detail=detail[:LONGEST_DETAIL])]


def _device(facts: dict[str, Any]) -> str:
    return f"{device_name(facts['user_agent'] or '')} ({facts['address']})"


def _movement(
    row: dict[str, Any], kind: str, leg: dict[str, Any], others: dict[str, dict[str, Any]]
) -> NewNotification:
    other = next(iter(others.values()), None)
    return NewNotification(
        id=_id(row["id"], leg["owner_id"]),
        user_id=leg["owner_id"],
        type=kind,
        created_at=row["effective_at_us"],
        entry_id=row["id"],
        movement=row["type"],
        amount_minor=abs(leg["amount_minor"]),
        currency=row["currency"],
        account_id=leg["account_id"],
        other_account_id=other["account_id"] if other else None,
        detail=row["description"][:LONGEST_DETAIL],
    )


def _id(source_id: str, user_id: str) -> str:
    """The same id each time the same row is taken in, so that reading a feed again doubles nothing."""
    return str(uuid5(NAMESPACE_OID, f"{source_id}:{user_id}"))

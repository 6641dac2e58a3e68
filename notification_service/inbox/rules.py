"""Which rows of the bank's feeds are worth telling somebody about, and whom. Pure.

Money received: into an account of yours, from anybody but yourself. A shop or a landlord is not told of each sale or
rent: those are takings, read in a statement. Large payment: out of an account of yours, to anybody but yourself;
paying wages is a firm's routine.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from shared.device_names import device_name
from shared.money import MINOR_UNIT_DIGITS

ACCOUNT_OPENED = "account_opened"
MONEY_RECEIVED = "money_received"
LARGE_PAYMENT = "large_payment"
NEW_DEVICE_LOGIN = "new_device_login"
PASSWORD_CHANGED = "password_changed"  # noqa: S105 (a word, no password)

TYPES_OF_FEED = {
    "journal": (MONEY_RECEIVED, LARGE_PAYMENT),
    "accounts": (ACCOUNT_OPENED,),
    "users": (NEW_DEVICE_LOGIN, PASSWORD_CHANGED),
}
"""What each feed gives rise to."""

TAKINGS = frozenset({"card_purchase", "bill_payment"})
ROUTINE_PAYMENTS = frozenset({"payroll"})
LONGEST_DETAIL = 500


@dataclass(frozen=True, slots=True)
class NewNotification:
    """One notification to be, as facts. `created_at` is in microseconds of the bank's time, amounts in minor units.

    `detail` is the payment's description, or the browser and address of a log-in.
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
        found += [_movement(row, MONEY_RECEIVED, leg, payers) for owner, leg in payees.items() if owner not in payers]
    if row["type"] not in ROUTINE_PAYMENTS:
        found += [
            _movement(row, LARGE_PAYMENT, leg, payees)
            for owner, leg in payers.items()
            if owner not in payees and is_large(-leg["amount_minor"], row["currency"])
        ]
    return found


def of_account_event(row: dict[str, Any], occurred_at: int) -> list[NewNotification]:
    """The notification in one row of the account service's events, if it is one; `occurred_at` in the bank's time."""
    if row["type"] != "account_opened":
        return []
    facts = row["data"]
    notification = NewNotification(
        id=_id(row["id"], facts["user_id"]),
        user_id=facts["user_id"],
        type=ACCOUNT_OPENED,
        created_at=occurred_at,
        account_id=facts["account_id"],
    )
    return [notification]


def of_user_event(row: dict[str, Any], occurred_at: int) -> list[NewNotification]:
    """The notification in one row of auth's events, if it is one; `occurred_at` in the bank's time."""
    facts = row["data"]
    if row["type"] == "user_logged_in" and facts["new_device"]:
        kind, detail = NEW_DEVICE_LOGIN, f"{device_name(facts['user_agent'] or '')} ({facts['address']})"
    elif row["type"] == "password_changed":
        kind, detail = PASSWORD_CHANGED, ""
    else:
        return []
    user_id = facts["user_id"]
    return [NewNotification(_id(row["id"], user_id), user_id, kind, occurred_at, detail=detail[:LONGEST_DETAIL])]


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

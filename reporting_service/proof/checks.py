"""What the same fact looks like in the records of two services, and where they disagree. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.enums import AccountStatus, NotificationType

ACCOUNTS_EQUAL_LEDGER = "accounts equal ledger"
CARDS_EQUAL_LEDGER = "cards equal ledger"
REPORTS_EQUAL_LEDGER = "reports equal ledger"
DIRECTORIES_EQUAL_EVENTS = "users and accounts equal their events"
OWNERS_EXIST = "accounts belong to users"
INBOX_EQUALS_JOURNAL = "inbox equals journal and accounts"
RESIDENTS_EXIST = "residents are the bank's customers"
STORED_REPORTS = "stored reports are unchanged"
ROWS_AS_WRITTEN = "rows are as they were written"
AUDIT_TRAIL = "audit trail is whole"

Row = Mapping[str, Any]


@dataclass(frozen=True, order=True)
class Finding:
    """One record that diverges: by which check, in which service's database it is suspect, and how."""

    check: str
    service: str
    record: str
    detail: str

    def as_dict(self) -> dict[str, str]:
        """As the proof shows it."""
        return {"check": self.check, "service": self.service, "record": self.record, "detail": self.detail}


_IN_LEDGER = (
    ("user_id", "owner_id"),
    ("account_number", "account_number"),
    ("account_type", "account_type"),
    ("currency", "currency"),
    ("synthetic", "synthetic"),
    ("floor_minor", "floor_minor"),
    ("movement_limit_minor", "movement_limit_minor"),
    ("daily_limit_minor", "daily_limit_minor"),
    ("settlement_account_id", "settlement_account_id"),
    ("billing_day", "billing_day"),
)
"""What the account service told the ledger, by its name there and here."""

_IN_ACCOUNT_EVENTS = (
    "user_id",
    "holder_name",
    "account_number",
    "account_type",
    "currency",
    "nickname",
    "synthetic",
    "created_at",
)
_IN_LEDGERS_CARDS = ("account_id", "version", "status")
_RECEIPTS = frozenset({NotificationType.MONEY_RECEIVED, NotificationType.INTEREST_PAID})
"""Messages of money that came; all others that tell of a movement tell of money that went."""
_TIMES = ("created_at", "closed_at")
_WHOLE_SECOND = ".000000Z"
_IN_USER_EVENTS = ("username", "full_name", "email", "role", "status", "synthetic")
_IN_MESSAGES = ("holder_name", "account_number", "account_type", "currency", "nickname")
_NOT_IN_LEDGER = (AccountStatus.OPENING, AccountStatus.REFUSED)


def account_and_ledger(account_id: str, account: Row | None, ledger: Row | None) -> Iterable[Finding]:
    """An account in the account service's records against the ledger's."""
    if account is None:
        yield _account(account_id, "account-service", "is in the ledger, but the account service has no such account")
        return
    if ledger is None:
        if account["status"] not in _NOT_IN_LEDGER:
            yield _account(
                account_id, "transaction-service", f"is {account['status']}, but the ledger does not have it"
            )
        return
    differing = [
        f"{ours}: {_said(account[ours])}, the ledger says {_said(ledger[theirs])}"
        for ours, theirs in _IN_LEDGER
        if account[ours] != ledger[theirs]
    ]
    if account["pending_status"] is None and account["status"] != ledger["status"]:
        differing.append(f"status: {_said(account['status'])}, the ledger says {_said(ledger['status'])}")
    if differing:
        yield _account(account_id, "account-service or transaction-service", "; ".join(differing))


def card_and_ledger(card_id: str, card: Row | None, ledger: Row | None) -> Iterable[Finding]:
    """A card as the account service has told the ledger of it, against what the ledger knows."""
    if card is None:
        yield _card(card_id, "account-service", "is in the ledger, but the account service has no such card")
    elif ledger is None:
        yield _card(card_id, "transaction-service", f"is {card['status']}, but the ledger does not have it")
    elif differing := _unlike(_IN_LEDGERS_CARDS, card, ledger, "the ledger says"):
        yield _card(card_id, "account-service or transaction-service", "; ".join(differing))


def account_and_events(account_id: str, account: Row | None, told: Row | None) -> Iterable[Finding]:
    """An account in the account service's records against what its events said, as reporting keeps it."""
    if account is None or account["status"] in _NOT_IN_LEDGER:
        if told is not None:
            yield _register(account_id, "account-service", "its events told of this account, but it is not there")
        return
    if told is None:
        yield _register(account_id, "account-service", "is there, but no event told of it")
        return
    names = _IN_ACCOUNT_EVENTS if account["pending_status"] else (*_IN_ACCOUNT_EVENTS, "status", "closed_at")
    heard = {**account, **{name: told[name] for name in _TIMES if _is_that_second(account[name], told[name])}}
    yield from _differing(account_id, "account-service or reporting-service", names, heard, told)


def _is_that_second(time: str | None, told: str | None) -> bool:
    """Whether an event told this time as those of release 0.1.0 do: without the part of a second."""
    return time is not None and told is not None and told.endswith(_WHOLE_SECOND) and time[:19] == told[:19]


def user_and_events(user_id: str, user: Row | None, told: Row | None) -> Iterable[Finding]:
    """A user in auth's records against what its events said, as reporting keeps it."""
    if user is None:
        yield _register(user_id, "auth-service", "its events told of this user, but it is not there")
    elif told is None:
        yield _register(user_id, "auth-service", "is there, but no event told of it")
    else:
        yield from _differing(user_id, "auth-service or reporting-service", _IN_USER_EVENTS, user, told)


def ledger_and_balance(account_id: str, ledger: Row | None, balance: Row | None) -> Iterable[Finding]:
    """An account of the ledger against the balance that reporting derived, both as at one journal position."""
    if balance is None:
        if ledger is not None and ledger["balance_minor"] != 0:
            yield _balance(account_id, f"holds {ledger['balance_minor']} minor units, but the journal never moved it")
        return
    if ledger is None:
        yield _balance(account_id, "was moved by the journal, but the ledger does not have it")
        return
    if ledger["balance_minor"] != balance["balance_minor"]:
        detail = f"balance: the ledger says {ledger['balance_minor']}, reports {balance['balance_minor']} minor units"
        yield _balance(account_id, detail)
    for name in ("owner_id", "currency"):
        if ledger[name] != balance[name]:
            yield _balance(account_id, f"{name}: the ledger says {_said(ledger[name])}, reports {_said(balance[name])}")


def ownerless(account_id: str, user_id: str) -> Finding:
    """An account whose owner is nobody's record."""
    return Finding(OWNERS_EXIST, "account-service", account_id, f"belongs to {user_id}, who is no user of the bank")


def message_and_movement(message: Row, movement: Row | None) -> Iterable[Finding]:
    """What the inbox says of a movement against the journal, as reporting keeps it."""
    if movement is None:
        detail = f"tells of entry {message['entry_id']}, which did not move account {message['account_id']} then"
        yield _inbox(message["id"], detail)
        return
    is_receipt = message["type"] in _RECEIPTS
    told = {
        "user_id": message["user_id"],
        "movement": message["movement"],
        "amount_minor": message["amount_minor"] if is_receipt else -message["amount_minor"],
        "currency": message["currency"],
        "other_account_id": message["other_account_id"],
        "detail": message["detail"],
    }
    true = {
        "user_id": movement["owner_id"],
        "movement": movement["type"],
        "amount_minor": movement["amount_minor"],
        "currency": movement["currency"],
        "other_account_id": movement["from_account_id"] if is_receipt else movement["to_account_id"],
        "detail": movement["description"],
    }
    if differing := _unlike(told, told, true, "the journal says"):
        yield _inbox(message["id"], "; ".join(differing))


def named_account_and_events(account_id: str, named: Row | None, told: Row | None) -> Iterable[Finding]:
    """What messages call an account against what its events said, as reporting keeps it."""
    if named is None or told is None:
        where = "reporting, but not the inbox" if named is None else "the inbox, but not reporting"
        yield _inbox(account_id, f"its events were heard by {where}")
    elif differing := _unlike(_IN_MESSAGES, named, told, "the events said"):
        yield _inbox(account_id, "; ".join(differing))


def resident_and_directories(resident: Row, user: Row | None, account: Row | None) -> Iterable[Finding]:
    """Somebody of a simulated world against the bank's users and accounts, as reporting keeps them."""
    record, wrong = resident["user_id"], []
    if user is None:
        wrong.append("is no user of the bank")
    else:
        wrong += _unlike(("username",), resident, user, "the bank says")
    if resident["account_id"] is not None and (account is None or account["user_id"] != record):
        wrong.append(f"has no account {resident['account_id']}")
    if wrong:
        detail = f"{resident['party_id']} of world {resident['world_id']}: {'; '.join(wrong)}"
        yield Finding(RESIDENTS_EXIST, "simulator-service", record, detail)


def _unlike(names: Iterable[str], row: Row, other: Row, says: str) -> list[str]:
    return [f"{name}: {_said(row[name])}, {says} {_said(other[name])}" for name in names if row[name] != other[name]]


def _differing(record: str, service: str, names: Iterable[str], row: Row, told: Row) -> Iterable[Finding]:
    if differing := _unlike(names, row, told, "the events said"):
        yield _register(record, service, "; ".join(differing))


def _said(value: object) -> str:
    return "nothing" if value is None else str(value)


def _account(record: str, service: str, detail: str) -> Finding:
    return Finding(ACCOUNTS_EQUAL_LEDGER, service, record, detail)


def _card(record: str, service: str, detail: str) -> Finding:
    return Finding(CARDS_EQUAL_LEDGER, service, record, detail)


def _register(record: str, service: str, detail: str) -> Finding:
    return Finding(DIRECTORIES_EQUAL_EVENTS, service, record, detail)


def _inbox(record: str, detail: str) -> Finding:
    return Finding(INBOX_EQUALS_JOURNAL, "notification-service", record, detail)


def _balance(record: str, detail: str) -> Finding:
    return Finding(REPORTS_EQUAL_LEDGER, "transaction-service or reporting-service", record, detail)

"""What can be done by hand from the dashboard: each form's fields, what is checked before sending, and the sending.

Nothing here draws: `cli/dashboard/form_screen.py` shows any of these forms.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from cli import output
from cli.errors import CommandError
from sandbank import BankError, Client
from sandbank.types import Job, OpenedAccountType, User
from shared.identifiers import is_id

Values = Mapping[str, str]
Problem = str | None
T = TypeVar("T")
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,3})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LARGEST_SEED = 2**63 - 1
_ACCOUNT_TYPES: dict[str, OpenedAccountType] = {
    "checking": "checking",
    "savings": "savings",
    "investment": "investment",
}


@dataclass(frozen=True)
class Field:
    """One line of a form. `hint` stands in it while it is empty; `api_names` are the bank's own names for it."""

    name: str
    label: str
    check: Callable[[str], Problem]
    initial: str = ""
    choices: tuple[str, ...] = ()
    hint: str = ""
    api_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Done:
    """What came of a form: a sentence for the person, and the job to follow when there is one."""

    sentence: str
    job: Job | None = None


@dataclass(frozen=True)
class Form:
    """A form. `send(bank, values, key)` carries it out and raises BankError; `key` makes repeating safe.

    `check_all` names fields that are wrong together, after each was found right by itself.
    """

    title: str
    action: str
    fields: tuple[Field, ...]
    send: Callable[[Client, Values, str], Done]
    check_all: Callable[[Values], dict[str, str]] = field(default=lambda _values: {})

    def problems(self, values: Values) -> dict[str, str]:
        """Each field that is not right, and why."""
        found = {one.name: problem for one in self.fields if (problem := one.check(values[one.name])) is not None}
        return found or self.check_all(values)

    def problems_of(self, error: BankError) -> dict[str, str]:
        """The fields that the bank did not accept, by our names."""
        ours = {name: one.name for one in self.fields for name in (one.name, *one.api_names)}
        return {ours[name]: problem for name, problem in error.fields.items() if name in ours}


class NotFoundHereError(CommandError):
    """A name typed into a field means nothing, or too much."""

    def __init__(self, field_name: str, problem: str) -> None:
        super().__init__("Some fields are not valid.", fields={field_name: problem})


def anything(_text: str) -> Problem:
    """Whatever is typed is right, also nothing."""
    return None


def required(text: str) -> Problem:
    """Something must be typed."""
    return None if text else "is needed"


def whole(lowest: int, highest: int, *, optional: bool = False) -> Callable[[str], Problem]:
    """A whole number in a range."""

    def check(text: str) -> Problem:
        if optional and not text:
            return None
        if text.isascii() and text.isdecimal() and len(text) < 20 and lowest <= int(text) <= highest:
            return None
        return (
            f"must be a whole number from {lowest:,} to {highest:,}" if highest < _LARGEST_SEED else "must be a number"
        )

    return check


def an_amount(*, optional: bool = False) -> Callable[[str], Problem]:
    """A positive decimal."""

    def check(text: str) -> Problem:
        if optional and not text:
            return None
        is_positive = _AMOUNT.fullmatch(text) is not None and bool(text.strip("0."))
        return None if is_positive else "must be an amount such as 12.34"

    return check


def _day(text: str) -> Problem:
    try:
        if text:
            date.fromisoformat(text)
    except ValueError:
        return "must be a day such as 2026-01-31"
    return None


def _email(text: str) -> Problem:
    return None if _EMAIL.fullmatch(text) else "must be an e-mail address"


def _currency(text: str) -> Problem:
    return None if not text or _CURRENCY.fullmatch(text.upper()) else "must be three letters such as EUR"


def _make_world(bank: Client, values: Values, _key: str) -> Done:
    seed = int(values["seed"]) if values["seed"] else secrets.randbelow(2**31)
    job = bank.simulator.make_world(
        seed=seed,
        customers=int(values["customers"]),
        days=int(values["days"]),
        preset=values["preset"],
        start_date=values["start_date"] or None,
    ).data
    return Done(f"Making a world of {values['customers']} people, seed {seed}.", job)


def _advance(bank: Client, values: Values, _key: str) -> Done:
    span, unit = int(values["span"]), values["unit"]
    job = (bank.simulator.advance(days=span) if unit == "days" else bank.simulator.advance(hours=span)).data
    return Done(f"Letting the bank live for {span} {unit if span > 1 else unit[:-1]}.", job)


def _live(bank: Client, values: Values, _key: str) -> Done:
    is_on = values["live"] == "on"
    live = bank.simulator.live(running=is_on, speed=int(values["speed"])).data
    return Done(f"Live mode is on, {live['speed']:,} seconds a second." if is_on else "Live mode is off.")


def _add_user(bank: Client, values: Values, _key: str) -> Done:
    password = values["password"] or secrets.token_urlsafe(12)
    user = bank.auth.add_user(
        values["username"], values["email"], password, full_name=values["full_name"] or None, role=values["role"]
    ).data
    told = "" if values["password"] else f" The password is {password}"
    return Done(f"Added {user['role']} {user['username']}.{told}")


def _open_account(bank: Client, values: Values, key: str) -> Done:
    owner = _find_user(bank, values["owner"])
    account = bank.accounts.create(
        _ACCOUNT_TYPES[values["account_type"]],
        currency=values["currency"].upper() or None,
        nickname=values["nickname"] or None,
        initial_deposit=values["initial_deposit"] or None,
        user_id=owner["id"],
        idempotency_key=key,
    ).data
    balance = output.money(account["balance"], account["currency"])
    number = output.grouped_number(account["account_number"])
    article = "an" if account["account_type"][0] in "aeiou" else "a"
    return Done(f"Opened {article} {account['account_type']} account for {owner['username']}: {number}, {balance}.")


def _move(bank: Client, values: Values, key: str) -> Done:
    amount, optional = values["amount"], {name: values[name] or None for name in ("description", "category")}
    source = find_account(bank, "source", values["source"]) if values["source"] else None
    target = find_account(bank, "target", values["target"]) if values["target"] else None
    money = bank.transactions
    if source is not None and target is not None:
        moved = money.transfer(source, amount, to_account_id=target, idempotency_key=key, **optional)
    else:
        move = money.withdraw if source is not None else money.deposit
        moved = move(source or target or "", amount, idempotency_key=key, **optional)
    done = moved.data
    shown = output.money(done["amount"], done["currency"])
    return Done(f"{done['type'].capitalize()} of {shown} done, reference {done['reference']}.")


def _sides(values: Values) -> dict[str, str]:
    needs_source = values["kind"] != "deposit"
    needs_target = values["kind"] != "withdraw"
    found = {}
    for name, is_needed in (("source", needs_source), ("target", needs_target)):
        if is_needed and not values[name]:
            found[name] = "is needed"
        elif values[name] and not is_needed:
            found[name] = f"must be empty for a {values['kind'].replace('withdraw', 'withdrawal')}"
    return found


def _find_user(bank: Client, text: str) -> User:
    """The user that is meant by a user name, an e-mail address or a name. Raises NotFoundHereError."""
    found = bank.auth.list_users(q=text, limit=10).data
    exact = [user for user in found if text.casefold() in (user["username"].casefold(), user["email"].casefold())]
    return the_one(exact or found, "owner", "user", "a whole user name")


def find_account(bank: Client, field_name: str, text: str) -> str:
    """The id of the account meant by id, number, last four digits, nickname or holder. Raises NotFoundHereError."""
    if is_id(text.lower()):
        return text.lower()
    found = bank.accounts.list_all(q=text, limit=10).data
    return the_one(found, field_name, "account", "the whole number")["id"]


def the_one(found: list[T], field_name: str, kind: str, better: str) -> T:
    if len(found) == 1:
        return found[0]
    raise NotFoundHereError(field_name, f"could be {len(found)} {kind}s: give {better}" if found else f"no such {kind}")


WORLD = Form(
    "A fresh world",
    "Make it",
    (
        Field("customers", "Customers", whole(1, 10_000), initial="20"),
        Field("days", "Days of history", whole(0, 730), initial="30"),
        Field("seed", "Seed", whole(0, _LARGEST_SEED, optional=True), hint="any; the same makes the same people"),
        Field("preset", "Preset", required, initial="seed", choices=("seed", "eurozone", "uk", "us", "fraud-lab")),
        Field("start_date", "Begins on", _day, hint="so that it ends today; or 2026-01-31"),
    ),
    _make_world,
)
ADVANCE = Form(
    "Let the bank live",
    "Advance",
    (
        Field("span", "How many", whole(1, 17_520), initial="1", api_names=("days", "hours")),
        Field("unit", "Of what", required, initial="days", choices=("days", "hours")),
    ),
    _advance,
    lambda values: {"span": "at most 730 days"} if values["unit"] == "days" and int(values["span"]) > 730 else {},
)
LIVE = Form(
    "Live by itself",
    "Set",
    (
        Field("live", "Live", required, initial="on", choices=("on", "off")),
        Field("speed", "Seconds a second", whole(1, 604_800), initial="3600"),
    ),
    _live,
)
USER = Form(
    "A new user",
    "Add",
    (
        Field("username", "User name", required),
        Field("email", "E-mail", _email),
        Field("full_name", "Full name", anything, hint="the user name, when left out"),
        Field("role", "Role", required, initial="customer", choices=("customer", "employee", "admin")),
        Field("password", "Password", anything, hint="one is made and shown, when left out"),
    ),
    _add_user,
)
ACCOUNT = Form(
    "A new account",
    "Open",
    (
        Field("owner", "Owner", required, hint="user name, e-mail or name", api_names=("user_id",)),
        Field("account_type", "Type", required, initial="checking", choices=("checking", "savings", "investment")),
        Field("currency", "Currency", _currency, hint="the bank's own, when left out"),
        Field("nickname", "Nickname", anything),
        Field("initial_deposit", "First deposit", an_amount(optional=True), hint="such as 100.00; none, when left out"),
    ),
    _open_account,
)
ACCOUNT_HINT = "number, its last four digits, nickname or holder"
TRANSACTION = Form(
    "A new transaction",
    "Post",
    (
        Field("kind", "Type", required, initial="transfer", choices=("transfer", "deposit", "withdraw")),
        Field("source", "From account", anything, hint=ACCOUNT_HINT, api_names=("from_account_id", "account_id")),
        Field("target", "To account", anything, hint=ACCOUNT_HINT, api_names=("to_account_id", "to_account_number")),
        Field("amount", "Amount", an_amount(), hint="12.34"),
        Field("description", "Description", anything),
        Field("category", "Category", anything),
    ),
    _move,
    _sides,
)

"""Movements as a plain-text journal that hledger and beancount both read: what they have in common, and no more.

A transfer between two exported accounts of one person is written once, where it leaves.
"""

import re
from collections.abc import Iterable, Iterator

from reporting_service.exports.movements import Export, ExportedAccount, Movement
from reporting_service.statements.statement import Line, StatedAccount
from shared.amounts import money
from shared.enums import AccountType, TransactionType
from shared.time.business_days import business_day

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+")
_NOT_IN_TEXT = re.compile(r'["\\;|\r\n]+')
_OPENING = "Equity:Opening-Balances"


def render(export: Export, movements: Iterable[Movement]) -> Iterator[str]:
    """The file, piece by piece."""
    names = {one.account.id: account_name(one.account) for one in export.accounts}
    yield f"; {len(names)} accounts, up to position {export.until_position} of the bank's journal\n"
    for exported in export.accounts:
        if exported.opening_minor and export.span.since is not None:
            yield _opening(exported, names[exported.account.id], export.span.since)
    for movement in movements:
        if not (movement.line.amount_minor > 0 and movement.other_id in names):
            yield _transaction(movement, names)


def account_name(account: StatedAccount) -> str:
    """`Assets:Bank:Everyday-0001`: a component begins with a capital letter, and two accounts never share a name."""
    side = "Liabilities" if account.type == AccountType.CREDIT else "Assets"
    return f"{side}:Bank:{_component(account.name)}-{account.id[-6:]}"


def _opening(exported: ExportedAccount, name: str, since: int) -> str:
    amount = f"{money.to_text(exported.opening_minor, exported.account.currency)} {exported.account.currency}"
    day = business_day(since).isoformat()
    return f'\n{day} * "" "Opening balance"\n  {name}  {amount}\n  {_OPENING}\n'


def _transaction(movement: Movement, names: dict[str, str]) -> str:
    line, currency = movement.line, movement.account.currency
    who = line.counterparty.name if line.counterparty else ""
    said = line.description or line.type.replace("_", " ")
    amount = f"{money.to_text(line.amount_minor, currency)} {currency}"
    if line.exchanged is not None:  # the other currency moved the other way: together they are worth nothing
        price = money.to_text(line.exchanged.amount_minor, line.exchanged.currency)
        amount += f" @@ {price} {line.exchanged.currency}"
    other = names.get(movement.other_id or "") or _other_side(line)
    return (
        f'\n{line.day.isoformat()} * "{_plain(who)}" "{_plain(said)}"\n'
        f"  {names[movement.account.id]}  {amount}\n  {other}\n"
    )


def _other_side(line: Line) -> str:
    category = line.category or line.type
    if line.type == TransactionType.DEPOSIT and category == "opening":
        return _OPENING
    return f"{'Income' if line.amount_minor > 0 else 'Expenses'}:{_component(category)}"


def _component(text: str) -> str:
    plain = _NOT_IN_NAMES.sub("-", text).strip("-")
    return (plain[:1].upper() + plain[1:]) if plain else "Other"


def _plain(text: str) -> str:
    return _NOT_IN_TEXT.sub(" ", text)

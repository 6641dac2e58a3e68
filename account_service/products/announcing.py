"""Telling those who have a product that its terms will be others: one event for each person, however many accounts.

It begins once the ledger has said from which day a version applies, and goes on in slices, each a commit that keeps how
far it came: a bank of many people is told beside its other work, and a crash tells nobody twice and leaves nobody out.
"""

import json
from collections.abc import Callable

from account_service import repository as accounts
from account_service.context import AccountContext
from account_service.events import ProductChanged
from account_service.models import ProductVersion
from account_service.products import repository
from shared.amounts import money
from shared.amounts.rates import fee_rate_text, rate_text
from shared.time.business_days import day_of_number

FROM_THE_FIRST = ""
"""How far a version was announced that nobody was told of; no id of a person comes before it."""
_AT_ONCE = 1_000
_Words = Callable[[ProductVersion], str]


def announce(context: AccountContext) -> None:
    """Tell everybody who is to be told of versions that the ledger has."""
    with context.database.read_session() as session:
        waiting = [(row.code, row.version) for row in repository.unannounced(session)]
    for code, version in waiting:
        while _tell_some(context, code, version):
            pass


def changes(before: ProductVersion, after: ProductVersion) -> str:
    """What is another in a version, in words; nothing where that is its name alone."""
    said = []
    for name, words in _TERMS.items():
        old, new = words(before), words(after)
        if old != new:
            said.append(f"{name}: {new}, before {old}")
    return "; ".join(said)


def _tell_some(context: AccountContext, code: str, version: int) -> bool:
    """Tell the next people of a version; whether there may be more."""
    with context.database.write_session() as session:
        known = {row.version: row for row in repository.versions(session, code, for_update=True)}
        row = known.get(version)
        if row is None or row.announced_until is None:
            return False
        holders = repository.holders(session, code, after=row.announced_until, limit=_AT_ONCE)
        said = changes(known[version - 1], row)
        valid_on = str(day_of_number(row.valid_from))
        accounts.publish(
            session,
            [
                ProductChanged(
                    product=code,
                    version=version,
                    name=row.name,
                    account_id=account_id,
                    user_id=user_id,
                    valid_on=valid_on,
                    changes=said,
                )
                for user_id, account_id in holders
            ],
        )
        row.announced_until = holders[-1][0] if len(holders) == _AT_ONCE else None
        return row.announced_until is not None


def _amount(name: str) -> _Words:
    return lambda row: f"{money.to_text(getattr(row, name), row.currency)} {row.currency}"


def _rate(name: str) -> _Words:
    return lambda row: f"{rate_text(getattr(row, name))} %"


def _tiers(row: ProductVersion) -> str:
    tiers = json.loads(row.tiers)
    parts = (f"{rate_text(rate)} % above {money.to_text(above, row.currency)} {row.currency}" for above, rate in tiers)
    return " and ".join(parts) or "the same on all of it"


_TERMS: dict[str, _Words] = {
    "interest a year": _rate("credit_rate"),
    "interest on more": _tiers,
    "days counted": lambda row: row.day_count,
    "interest posted": lambda row: row.paid,
    "overdraft": _amount("overdraft_limit_minor"),
    "interest on what is owed": _rate("overdraft_rate"),
    "monthly fee": _amount("monthly_fee_minor"),
    "fee for a month with an overdraft": _amount("overdraft_fee_minor"),
    "fee for a late card payment": _amount("late_card_payment_fee_minor"),
    "fee for other currencies": lambda row: f"{fee_rate_text(row.foreign_exchange_fee_bp)} %",
    "least balance that earns": _amount("minimum_balance_minor"),
    "notice": lambda row: f"{row.notice_days} days",
}

"""The journal recomputed page by page: the hash chain, entries that balance, postings that are what their entry says.

Each page is a short transaction of its own, so that a proof of any length keeps no writer's log from being taken in.
Entries never change, so pages of different moments fit together; what is appended meanwhile is left for the next time.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, or_, select

from shared.http.json_parsing import render_text
from shared.storage.compact_columns import unpack_id
from shared.storage.database import Database
from shared.storage.statements import Row
from transaction_service.history import journal_feed
from transaction_service.history.journal_feed import SealedRow
from transaction_service.ledger import journal
from transaction_service.ledger.chain import GENESIS_HASH, chain_hash, hash_of_texts, leg_text
from transaction_service.models import accounts, entries, postings
from transaction_service.proof import journal_pages
from transaction_service.proof.finding import Finding
from transaction_service.proof.journal_pages import Names, Page

PAGE = 2_000
BALANCED = "debits equal credits"
CHAIN = "hash chain"
DERIVED = "derived rows equal entries"
_LAST = select(entries.c.position, entries.c.booked_at).order_by(entries.c.position.desc()).limit(1)


def findings(database: Database) -> list[Finding]:
    """Everything that is wrong in the journal and its postings; empty when all is well."""
    with database.read() as connection:
        head = journal.state(connection).head_position
    chain, names, found, totals = _Chain(), Names(), list[Finding](), Counter[str]()
    for after in range(0, head, PAGE):
        last = min(after + PAGE, head)
        with database.read() as connection:
            page = journal_pages.read(connection, names, after=after, last=last)
            if chain.broken is None:
                chain.follow(connection, names, page)
            suspects = [row[0] for row in page.plain if not _has_its_sides(row, names)]
            found += _uneven(connection, sorted([*suspects, *page.others]))
            if page.has_other_legs:  # those of plain entries come to nothing
                _add_totals(connection, {"after": after, "last": last}, totals)
    broken = [chain.broken] if chain.broken else _cut_tail(database, chain.position, chain.hash, head)
    return [*broken, *found, *_off_balance(totals), *_uncounted(database)]


class _Chain:
    """The hash chain, followed from its beginning: how far, and the first position that is not as it was sealed."""

    def __init__(self) -> None:
        self.position, self.hash = 0, GENESIS_HASH
        self.broken: Finding | None = None
        self._names = journal_feed.Names()

    def follow(self, connection: Connection, names: Names, page: Page) -> None:
        """Go on over a page: its plain entries by what was put together of them, the others by all that they say.

        A plain one that does not seem to be as it was sealed is looked at like the others before it is named.
        """
        others = {row.position: row for row in journal_feed.sealed_at(connection, self._names, page.others)}
        rows = sorted([*page.plain, *others.values()], key=itemgetter(0)) if others else page.plain
        before: dict[int, str] = {}
        for row in rows:
            position = row[0]
            if position != self.position + 1:
                self.broken = Finding(CHAIN, str(self.position + 1), "is missing from the journal")
                break
            is_plain = position not in others
            sealed = row[2].hex() if is_plain else row[2]
            if not is_plain or _hash_of(row, names, self.hash) != sealed:
                before[position] = self.hash
            self.position, self.hash = position, sealed
        doubted = journal_feed.sealed_at(connection, self._names, before.keys() - others.keys())
        looked_at = {row.position: row for row in (*others.values(), *doubted)}
        for position, previous in before.items():
            again = looked_at.get(position)
            if again is None:  # nobody is known who made it
                self.broken = Finding(CHAIN, str(position), "is missing from the journal")
                return
            if _sealed(previous, again) != again.hash:
                self.broken = Finding(CHAIN, str(position), f"entry {again.entry.id} is not as it was sealed")
                return


def _hash_of(row: Row, names: Names, previous: str) -> str:
    """The hash that a plain entry should have; none where it cannot be told."""
    position, version, _, entry_id, said, end_to_end_id, initiator_key, request_id, _, _, *legs = row
    first_key, first_moved, second_key, second_moved, _, _ = legs
    try:
        first, second = names.accounts[first_key].text, names.accounts[second_key].text
        return hash_of_texts(
            version,
            previous,
            position,
            f"{render_text(unpack_id(entry_id))},{said[1:-1]}",
            who=f"{names.initiators[initiator_key]},{render_text(unpack_id(request_id)) if request_id else 'null'}",
            legs=f"{leg_text(0, first, first_moved[1:-1])},{leg_text(1, second, second_moved[1:-1])}",
            end_to_end_id=end_to_end_id,
        )
    except KeyError:
        return ""


def _has_its_sides(row: Row, names: Names) -> bool:
    """Whether a plain entry names those of its accounts that are customers', and is in the currency of both."""
    payer_key, payee_key, first_key, _, second_key, _, currency, amount_minor = row[8:]
    first, second = names.accounts.get(first_key), names.accounts.get(second_key)
    if first is None or second is None or not first.currency == second.currency == currency:
        return False
    sides = (first_key if first.is_customers else None, second_key if second.is_customers else None)
    return sides == ((payer_key, payee_key) if amount_minor < 0 else (payee_key, payer_key))


def _sealed(previous: str, row: SealedRow) -> str:
    """The hash that the entry should have; none by a rule that there is not."""
    try:
        return chain_hash(row.hash_version, previous, row.position, row.entry, row.legs)
    except KeyError:
        return ""


def _cut_tail(database: Database, position: int, chained: str, head: int) -> Iterator[Finding]:
    if position != head:
        yield Finding(CHAIN, str(position + 1), f"the journal ends here, its head is at {head}")
        return
    with database.read() as connection:
        state = journal.state(connection)
        last = connection.execute(_LAST).one_or_none()
    end = last.position if last is not None else 0
    if end != state.head_position:
        yield Finding(CHAIN, str(end + 1), f"the journal ends at {end}, its head is at {state.head_position}")
    elif state.head_position == head and state.head_hash != chained:
        yield Finding(CHAIN, str(position + 1), f"the journal ends here, its head is at {head} with another hash")
    elif last is not None and state.head_booked_at != last.booked_at:
        yield Finding(CHAIN, str(end), "the journal's head says that its last entry was booked at another time")


def _uncounted(database: Database) -> Iterator[Finding]:
    with database.read() as connection:
        state = journal.state(connection)
        total = connection.execute(select(func.count()).select_from(entries)).scalar_one()
        outside = or_(postings.c.position < 1, postings.c.position > state.head_position)
        beyond = connection.execute(select(func.count()).select_from(postings).where(outside)).scalar_one()
    if total != state.head_position:
        yield Finding(CHAIN, "entries", f"{total} entries, the journal's head is at {state.head_position}")
    if beyond:
        yield Finding(CHAIN, "postings", f"{beyond} postings of no entry")


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _lacks(side: ColumnElement[Any], legs: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the entry names a side on which none of these legs is."""
    return and_(func.count(side) > 0, _count(and_(legs, postings.c.account_key == side)) == 0)


_SPAN = (postings.c.position > bindparam("after"), postings.c.position <= bindparam("last"))
_TOTALS = select(postings.c.currency, func.sum(postings.c.amount_minor)).where(*_SPAN).group_by(postings.c.currency)
_of_customer = accounts.c.owner_id.is_not(None)
_pays, _is_paid = and_(_of_customer, postings.c.amount_minor < 0), and_(_of_customer, postings.c.amount_minor > 0)
_is_unlike_its_entry = or_(
    postings.c.effective_at != entries.c.effective_at,
    postings.c.currency != accounts.c.currency,
    and_(_pays, postings.c.account_key.is_distinct_from(entries.c.payer_key)),
    and_(_is_paid, postings.c.account_key.is_distinct_from(entries.c.payee_key)),
)
_SUSPECTS = (
    select(entries.c.position)
    .outerjoin(postings, postings.c.position == entries.c.position)
    .outerjoin(accounts, accounts.c.key == postings.c.account_key)
    .where(entries.c.position > bindparam("after"), entries.c.position <= bindparam("last"))
    .group_by(entries.c.position)  # the order of both tables: nothing has to be sorted
    .having(
        or_(
            func.count(postings.c.leg) < 2,
            func.sum(postings.c.amount_minor) != 0,
            func.min(postings.c.currency) != func.max(postings.c.currency),
            _count(_is_unlike_its_entry) > 0,
            _lacks(entries.c.payer_key, _pays),
            _lacks(entries.c.payee_key, _is_paid),
        )
    )
)
"""Entries that something may be wrong with: all that are wrong, and few that are not."""


def uneven(database: Database) -> list[Finding]:
    """Entries whose postings do not sum to zero in each currency, and currencies that do not over all of them.

    Looked for by the database alone, in whose time others are served: the bank does so now and then while it is used.
    """
    with database.read() as connection:
        head = journal.state(connection).head_position
    found: list[Finding] = []
    totals: Counter[str] = Counter()
    for first in range(0, head, PAGE):
        span = {"after": first, "last": min(first + PAGE, head)}
        with database.read() as connection:
            found += _uneven(connection, connection.execute(_SUSPECTS, span).scalars().all())
            _add_totals(connection, span, totals)
    return found + _off_balance(totals)


def _uneven(connection: Connection, suspects: Sequence[int]) -> list[Finding]:
    """What is wrong with those of these entries with which something is."""
    return [finding for rows in _legs(connection, suspects) for finding in _uneven_entry(rows)]


def _add_totals(connection: Connection, span: Mapping[str, int], totals: Counter[str]) -> None:
    """Add what all postings of a span come to."""
    for currency, total in connection.execute(_TOTALS, span):
        totals[currency] += int(total)


def _off_balance(totals: Mapping[str, int]) -> list[Finding]:
    over_all = ((currency, total) for currency, total in totals.items() if total)
    return [Finding(BALANCED, currency, f"all postings sum to {total} minor units") for currency, total in over_all]


def _uneven_entry(rows: list[Any]) -> Iterator[Finding]:
    """What is wrong with an entry, of which these are the legs; one row without a leg where it has none."""
    yield from _copies(rows)
    legs = [row for row in rows if row.account_key is not None]
    sums: Counter[str] = Counter()
    for leg in legs:
        sums[leg.currency] += leg.amount_minor
    for currency, total in sums.items():
        if total:
            yield Finding(BALANCED, rows[0].id, f"postings sum to {total} {currency}")
    if len(legs) < 2:
        yield Finding(BALANCED, rows[0].id, "has fewer than two postings")


def _copies(rows: list[Any]) -> Iterator[Finding]:
    """What stands twice: an entry's time and currencies in its postings, and its customers' sides in the entry."""
    entry = rows[0]
    customers = [row for row in rows if row.owner_id is not None]
    paid_by = {row.account_key for row in customers if row.amount_minor < 0}
    paid_to = {row.account_key for row in customers if row.amount_minor > 0}
    if (paid_by, paid_to) != ({entry.payer_key} - {None}, {entry.payee_key} - {None}):
        yield Finding(DERIVED, entry.id, "the entry names other sides than its postings have")
    for row in rows:
        if row.account_key is not None and row.effective_at != entry.entry_effective_at:
            yield Finding(DERIVED, entry.id, f"the posting on {row.account_id} has another time than its entry")
        if row.account_key is not None and row.currency != row.account_currency:
            yield Finding(DERIVED, entry.id, f"the posting on {row.account_id} is in another currency than the account")


def _legs(connection: Connection, positions: Sequence[int]) -> Iterable[list[Any]]:
    """The legs of each of these entries, with what they are compared with."""
    query = (
        select(
            entries.c.position,
            entries.c.id,
            entries.c.payer_key,
            entries.c.payee_key,
            entries.c.effective_at.label("entry_effective_at"),
            postings.c.account_key,
            postings.c.currency,
            postings.c.amount_minor,
            postings.c.effective_at,
            accounts.c.id.label("account_id"),
            accounts.c.owner_id,
            accounts.c.currency.label("account_currency"),
        )
        .select_from(entries)
        .outerjoin(postings, postings.c.position == entries.c.position)
        .outerjoin(accounts, accounts.c.key == postings.c.account_key)
        .where(entries.c.position.in_(positions))
        .order_by(entries.c.position, postings.c.leg)
    )
    legs: defaultdict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(query) if positions else ():
        legs[row.position].append(row)
    return legs.values()

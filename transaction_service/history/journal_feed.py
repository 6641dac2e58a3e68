"""The journal in pages: gapless, in order, each entry with its postings and its place in the hash chain.

Consumers (history/feed_texts.py) and the proof read it from one end to the other, so a page reads rows as the tables
keep them, and what they point at once a page, not once a row.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, literal_column, select

from shared.storage.compact_columns import unpack_id
from shared.storage.statements import Row, Statement
from transaction_service.ledger.entry import Entry, Initiator, Posting
from transaction_service.models import accounts, entries, initiators, ledger_state, postings


class SealedRow(NamedTuple):
    """What a place in the hash chain covers."""

    position: int
    hash_version: int
    hash: str
    entry: Entry
    legs: list[Posting]


class _Account(NamedTuple):
    """What a page tells of an account; the bank's own have no owner."""

    id: str
    owner_id: str | None
    is_synthetic: bool


class Page(NamedTuple):
    """Rows of a page: entries, their legs by position, and what they point at."""

    entries: list[Row]
    legs: dict[int, list[Row]]
    accounts: dict[int, _Account]
    initiators: dict[int, Initiator]
    originals: dict[int, str]


_ENTRIES = Statement(
    select(entries)
    .where(entries.c.position > bindparam("after"))
    .order_by(entries.c.position)
    .limit(bindparam("limit"))
    .offset(literal_column("0")),  # said, as SQLite's dialect would make a parameter of it
    "after",
    "limit",
)
_LEGS = Statement(
    select(*postings.c["position", "account_key", "currency", "amount_minor", "balance_after_minor"])
    .where(postings.c.position > bindparam("after"), postings.c.position <= bindparam("last"))
    .order_by(postings.c.position, postings.c.leg),
    "after",
    "last",
)
_ENTRIES_AT = Statement(
    select(entries).where(entries.c.position.in_(bindparam("positions", expanding=True))),
    "positions",
)
_LEGS_AT = Statement(
    select(*postings.c["position", "leg", "account_key", "currency", "amount_minor", "balance_after_minor"]).where(
        postings.c.position.in_(bindparam("positions", expanding=True))
    ),
    "positions",
)
_ACCOUNTS = Statement(
    select(*accounts.c["key", "id", "owner_id", "synthetic"]).where(
        accounts.c.key.in_(bindparam("keys", expanding=True))
    ),
    "keys",
)
INITIATORS = Statement(
    select(*initiators.c["key", "user_id", "kind", "name", "role", "session_id", "channel"]).where(
        initiators.c.key.in_(bindparam("keys", expanding=True))
    ),
    "keys",
)
_ORIGINALS = Statement(
    select(*entries.c["position", "id"]).where(entries.c.position.in_(bindparam("positions", expanding=True))),
    "positions",
)
_NAMES_KEPT = 100_000
_REVERSES, INITIATOR_KEY = (list(entries.c.keys()).index(name) for name in ("reverses", "initiator_key"))


class Names:
    """The accounts and initiators that pages point at by keys, kept from one page to the next: neither ever changes
    what hashes cover of it. Forgotten when they are too many to keep.
    """

    def __init__(self) -> None:
        self.accounts: dict[int, _Account] = {}
        self.initiators: dict[int, Initiator] = {}

    def learn(self, connection: Connection, account_keys: set[int], initiator_keys: set[int]) -> None:
        """Look up those of the keys that are not known."""
        if len(self.accounts) + len(self.initiators) > _NAMES_KEPT:
            self.accounts, self.initiators = {}, {}
        for key, account_id, owner_id, synthetic in _of(connection, _ACCOUNTS, account_keys - self.accounts.keys()):
            owner = None if owner_id is None else unpack_id(owner_id)
            self.accounts[key] = _Account(unpack_id(account_id), owner, bool(synthetic))
        for key, user_id, kind, name, role, session_id, channel in _of(
            connection, INITIATORS, initiator_keys - self.initiators.keys()
        ):
            session = session_id and unpack_id(session_id)
            self.initiators[key] = Initiator(unpack_id(user_id), kind, name, role, session, channel)


def sealed_at(connection: Connection, names: Names, positions: Iterable[int]) -> Iterator[SealedRow]:
    """The entries at these positions, in order, with what their hashes cover; each is made as it is taken."""
    rows = sorted(_of(connection, _ENTRIES_AT, positions))
    legs = sorted(_of(connection, _LEGS_AT, [row[0] for row in rows]))
    return _sealed(_page_of(connection, names, rows, [(position, *leg) for position, _, *leg in legs]))


def head(connection: Connection) -> int:
    """The newest position of the journal."""
    return int(connection.execute(select(ledger_state.c.head_position)).scalar_one())


def rows_of_page(connection: Connection, names: Names, after: int, limit: int) -> Page:
    """Entries after a position as their table keeps them, with their legs, and what they point at."""
    rows = _ENTRIES.rows(connection, after, limit)
    if not rows:
        return Page([], {}, {}, {}, {})
    return _page_of(connection, names, rows, _LEGS.rows(connection, after, rows[-1][0]))


def _page_of(connection: Connection, names: Names, rows: list[Row], leg_rows: Iterable[Row]) -> Page:
    """The same of entries that were read, and the legs at their positions."""
    legs: dict[int, list[Row]] = {row[0]: [] for row in rows}
    account_keys = set()
    for leg in leg_rows:
        account_keys.add(leg[1])
        if leg[0] in legs:  # the proof names a position whose entry somebody has removed
            legs[leg[0]].append(leg)
    names.learn(connection, account_keys, {row[INITIATOR_KEY] for row in rows})
    originals = _of(connection, _ORIGINALS, {row[_REVERSES] for row in rows} - {None})
    return Page(
        rows,
        legs,
        names.accounts,
        names.initiators,
        {position: unpack_id(entry_id) for position, entry_id in originals},
    )


def _of(connection: Connection, statement: Statement, wanted: Iterable[int]) -> list[Row]:
    """Rows by their keys, of which there may be none."""
    keys = sorted(wanted)
    return statement.rows_of(connection, keys) if keys else []


def _sealed(found: Page) -> Iterator[SealedRow]:
    """Each entry whose initiator is known, with those of its legs whose accounts are.

    One at a time: what lives for a whole page is looked at by the garbage collector again and again.
    """
    known = found.accounts
    for row in found.entries:
        position, entry_id, kind, currency, amount_minor, payer_key, payee_key, description, category, *rest = row
        reverses, effective_at, booked_at, initiator_key, request_id, hash_version, seal, end_to_end_id = rest
        if initiator_key not in found.initiators:
            continue
        entry = Entry(
            unpack_id(entry_id),
            kind,
            currency,
            amount_minor,
            known[payer_key].id if payer_key in known else None,
            known[payee_key].id if payee_key in known else None,
            description,
            category,
            found.originals.get(reverses) if reverses else None,
            effective_at,
            booked_at,
            found.initiators[initiator_key],
            unpack_id(request_id) if request_id else None,
            end_to_end_id,
        )
        legs = [
            Posting(known[key].id, leg_currency, leg_minor, after_minor)
            for _, key, leg_currency, leg_minor, after_minor in found.legs[position]
            if key in known
        ]
        yield SealedRow(position, hash_version, seal.hex(), entry, legs)

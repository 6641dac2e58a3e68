"""The journal as a feed: gapless, in order, each entry with its postings and its place in the hash chain.

Consumers and the proof read it from one end to the other, so a page reads rows as the tables keep them, and what they
point at once a page, not once a row.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, literal_column, select

from shared.http.json_parsing import render, render_text
from shared.storage.compact_columns import unpack_id
from shared.storage.statements import Row, Statement
from transaction_service.ledger.entry import Entry, Initiator, Posting
from transaction_service.ledger.serializers import reference
from transaction_service.models import accounts, entries, exchanges, initiators, ledger_state, postings

_EXCHANGED = (
    *("source_currency", "source_minor", "target_currency", "target_minor"),
    *("rate", "reference_rate", "margin_bp", "rate_day"),
)


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


class _Page(NamedTuple):
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
_ACCOUNTS = Statement(
    select(*accounts.c["key", "id", "owner_id", "synthetic"]).where(
        accounts.c.key.in_(bindparam("keys", expanding=True))
    ),
    "keys",
)
_INITIATORS = Statement(
    select(*initiators.c["key", "user_id", "kind", "name", "role", "session_id", "channel"]).where(
        initiators.c.key.in_(bindparam("keys", expanding=True))
    ),
    "keys",
)
_EXCHANGES = Statement(
    select(*exchanges.c["position", *_EXCHANGED]).where(
        exchanges.c.position > bindparam("after"), exchanges.c.position <= bindparam("last")
    ),
    "after",
    "last",
)
_ORIGINALS = Statement(
    select(*entries.c["position", "id"]).where(entries.c.position.in_(bindparam("positions", expanding=True))),
    "positions",
)
_NAMES_KEPT = 100_000
_REVERSES, _INITIATOR_KEY = (list(entries.c.keys()).index(name) for name in ("reverses", "initiator_key"))


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
            connection, _INITIATORS, initiator_keys - self.initiators.keys()
        ):
            session = session_id and unpack_id(session_id)
            self.initiators[key] = Initiator(unpack_id(user_id), kind, name, role, session, channel)


def sealed_page(connection: Connection, names: Names, *, after: int, limit: int) -> Iterator[SealedRow]:
    """Entries after a position, in order, with what their hashes cover. Read at once; each is made as it is taken."""
    return _sealed(_page(connection, names, after, limit))


def page_text(connection: Connection, *, after: int, limit: int) -> str:
    """Entries after a position, in order, with their postings: the JSON that consumers get, nothing rounded."""
    found = _page(connection, Names(), after, limit)
    last = found.entries[-1][0] if found.entries else after
    exchanged = {
        at: render(dict(zip(_EXCHANGED, facts, strict=True))) for at, *facts in _EXCHANGES.rows(connection, after, last)
    }
    texts = _Texts(found, exchanged)
    return f"[{','.join(texts.of(row) for row in found.entries if row[_INITIATOR_KEY] in found.initiators)}]"


def head(connection: Connection) -> int:
    """The newest position of the journal."""
    return int(connection.execute(select(ledger_state.c.head_position)).scalar_one())


def _page(connection: Connection, names: Names, after: int, limit: int) -> _Page:
    rows = _ENTRIES.rows(connection, after, limit)
    if not rows:
        return _Page([], {}, {}, {}, {})
    legs: dict[int, list[Row]] = {row[0]: [] for row in rows}
    account_keys = set()
    for leg in _LEGS.rows(connection, after, rows[-1][0]):
        account_keys.add(leg[1])
        if leg[0] in legs:  # the proof names a position whose entry somebody has removed
            legs[leg[0]].append(leg)
    names.learn(connection, account_keys, {row[_INITIATOR_KEY] for row in rows})
    originals = _of(connection, _ORIGINALS, {row[_REVERSES] for row in rows} - {None})
    return _Page(
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


def _sealed(found: _Page) -> Iterator[SealedRow]:
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


class _Texts:
    """Rows of the feed as JSON, without the objects of `_sealed`: it is made for each reader of each entry.

    What many rows of a page say alike is written once. Ids and words of the ledger's own are nothing that JSON would
    have to escape.
    """

    def __init__(self, found: _Page, exchanged: dict[int, str]) -> None:
        self._found, self._exchanged = found, exchanged
        self._initiators = {key: _initiator_texts(by) for key, by in found.initiators.items()}
        self._accounts = {
            key: f'"account_id":{render_text(account_id)},"owner_id":{render_text(owner_id)}'
            for key, (account_id, owner_id, _) in found.accounts.items()
        }
        self._request_ids: dict[bytes | None, str] = {None: "null"}

    def of(self, row: Row) -> str:
        """One row."""
        position, entry_id, kind, currency, amount_minor, _, _, description, category, reverses, *rest = row
        effective_at, booked_at, initiator_key, request_id, hash_version, seal, end_to_end_id = rest
        entry_id = unpack_id(entry_id)
        user_id, initiated_by = self._initiators[initiator_key]
        if request_id not in self._request_ids:
            self._request_ids[request_id] = render_text(unpack_id(request_id))
        legs, is_synthetic = self._legs(position)
        original = self._found.originals.get(reverses) if reverses else None
        return (
            f'{{"position":{position},"id":"{entry_id}","type":"{kind}","currency":"{currency}",'
            f'"amount_minor":{amount_minor},"description":{render_text(description)},'
            f'"category":{render_text(category)},"reference":"{reference(entry_id)}",'
            f'"effective_at_us":{effective_at},"booked_at_us":{booked_at},"initiator_id":{user_id},'
            f'"initiated_by":{{{initiated_by},"request_id":{self._request_ids[request_id]}}},'
            f'"reverses":{render_text(original)},"end_to_end_id":{render_text(end_to_end_id)},'
            f'"exchange":{self._exchanged.get(position, "null")},"synthetic":{"true" if is_synthetic else "false"},'
            f'"hash_version":{hash_version},"hash":"{seal.hex()}","postings":[{legs}]}}'
        )

    def _legs(self, position: int) -> tuple[str, bool]:
        """The legs whose accounts are known, and whether one is of a made-up customer."""
        known, is_synthetic = self._found.accounts, False
        texts: list[str] = []
        for _, key, currency, minor, after_minor in self._found.legs[position]:
            if key in known:
                is_synthetic = is_synthetic or known[key].is_synthetic
                after = "null" if after_minor is None else after_minor
                texts.append(
                    f'{{"leg":{len(texts)},{self._accounts[key]},"currency":"{currency}","amount_minor":{minor},'
                    f'"balance_after_minor":{after}}}'
                )
        return ",".join(texts), is_synthetic


def _initiator_texts(by: Initiator) -> tuple[str, str]:
    """Who it was, and what is told of them beside their request."""
    user_id = render_text(by.user_id)
    words = {"kind": by.kind, "role": by.role, "session_id": by.session_id, "channel": by.channel}
    return user_id, ",".join(
        [f'"user_id":{user_id}', *(f'"{name}":{render_text(word)}' for name, word in words.items())]
    )

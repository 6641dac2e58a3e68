"""The journal as the proof reads it: page by page, an entry with its legs as one row, much of it JSON already.

There are three rows for each entry there ever was, and looking at them is most of what a proof takes. So the database
compares those of an entry that is as most are, and puts together what its hash covers; what thousands of entries point
at is looked up, and made into the text that hashes cover, once. Whatever else there is is looked at row by row.
"""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, func, literal_column, select

from shared.http.json_parsing import render_text
from shared.storage.compact_columns import unpack_id
from shared.storage.json_text import JsonArray
from shared.storage.statements import Row, Statement
from transaction_service.history.journal_feed import INITIATORS
from transaction_service.ledger.chain import SAID, who_text
from transaction_service.ledger.entry import Initiator
from transaction_service.models import accounts, entries, postings

_NAMES_KEPT = 100_000


class PlainEntry(NamedTuple):
    """An entry with its two legs, of which the database has seen that they fit together.

    `said` is the JSON of SAID, `moved` that of a leg's currency, amount and the balance after it.
    """

    position: int
    hash_version: int
    hash: bytes
    id: bytes
    said: str
    end_to_end_id: str | None
    initiator_key: int
    request_id: bytes | None
    payer_key: int | None
    payee_key: int | None
    first_key: int
    first_moved: str
    second_key: int
    second_moved: str
    first_currency: str
    first_amount_minor: int


_first, _second, _third = (postings.alias(f"leg_{number}") for number in range(3))
_is_first, _is_second, _is_further = (
    and_(_first.c.position == entries.c.position, _first.c.leg == literal_column("0")),
    and_(_second.c.position == entries.c.position, _second.c.leg == literal_column("1")),
    and_(_third.c.position == entries.c.position, _third.c.leg > literal_column("1")),
)
_MOVED = ("currency", "amount_minor", "balance_after_minor")
_PLAIN = Statement(
    select(
        *entries.c["position", "hash_version", "hash", "id"],
        JsonArray(*entries.c[SAID]),
        *entries.c["end_to_end_id", "initiator_key", "request_id", "payer_key", "payee_key"],
        _first.c.account_key,
        JsonArray(*_first.c[_MOVED]),
        _second.c.account_key,
        JsonArray(*_second.c[_MOVED]),
        *_first.c["currency", "amount_minor"],
    )
    .select_from(entries.join(_first, _is_first).join(_second, _is_second).outerjoin(_third, _is_further))
    .where(
        entries.c.position > bindparam("after"),
        entries.c.position <= bindparam("last"),
        entries.c.reverses.is_(None),
        _third.c.position.is_(None),
        _first.c.amount_minor == -_second.c.amount_minor,
        _first.c.currency == _second.c.currency,
        _first.c.effective_at == _second.c.effective_at,
        _first.c.effective_at == entries.c.effective_at,
    )
    .order_by(entries.c.position),
    "after",
    "last",
)
_LEG_COUNT = Statement(
    select(func.count()).where(postings.c.position > bindparam("after"), postings.c.position <= bindparam("last")),
    "after",
    "last",
)
_ACCOUNTS = Statement(
    select(*accounts.c["key", "id", "owner_id", "currency"]).where(
        accounts.c.key.in_(bindparam("keys", expanding=True))
    ),
    "keys",
)


class KnownAccount(NamedTuple):
    """An account's id as JSON, its currency, and whether a customer owns it."""

    text: str
    currency: str
    is_customers: bool


class Names:
    """What pages point at by keys, kept from one to the next: it does not change what hashes cover of it.

    Forgotten when it is too much to keep.
    """

    def __init__(self) -> None:
        self.accounts: dict[int, KnownAccount] = {}
        self.initiators: dict[int, str] = {}

    def learn(self, connection: Connection, account_keys: set[int], initiator_keys: set[int]) -> None:
        """Look up those of the keys that are not known."""
        if len(self.accounts) + len(self.initiators) > _NAMES_KEPT:
            self.accounts, self.initiators = {}, {}
        for key, account_id, owner_id, currency in _of(connection, _ACCOUNTS, account_keys - self.accounts.keys()):
            self.accounts[key] = KnownAccount(render_text(unpack_id(account_id)), currency, owner_id is not None)
        for key, user_id, kind, name, role, session_id, channel in _of(
            connection, INITIATORS, initiator_keys - self.initiators.keys()
        ):
            session = session_id and unpack_id(session_id)
            self.initiators[key] = who_text(Initiator(unpack_id(user_id), kind, name, role, session, channel))


class Page(NamedTuple):
    """The PlainEntries of a page, as rows; at which positions there are none; whether there are legs but theirs."""

    plain: list[Row]
    others: list[int]
    has_other_legs: bool


def read(connection: Connection, names: Names, *, after: int, last: int) -> Page:
    """What is at the positions after one and up to another; what it points at is known to `names` from here on."""
    rows = _PLAIN.rows(connection, after, last)
    others = set(range(after + 1, last + 1)).difference([row[0] for row in rows]) if len(rows) < last - after else ()
    names.learn(connection, {key for row in rows for key in (row[10], row[12])}, {row[6] for row in rows})
    ((leg_count,),) = _LEG_COUNT.rows(connection, after, last)
    return Page(rows, sorted(others), leg_count != 2 * len(rows))


def _of(connection: Connection, statement: Statement, wanted: Iterable[int]) -> list[Row]:
    """Rows by their keys, of which there may be none."""
    keys = sorted(wanted)
    return statement.rows_of(connection, keys) if keys else []

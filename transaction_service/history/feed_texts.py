"""The journal as the feed that other services follow: pages of it as JSON, nothing rounded.

Each reader asks for each entry, at about the same time. So what the newest entries say is kept as text once it has been
told, and told again to the next one.
"""

import threading
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, literal_column, select

from shared.http.json_parsing import render, render_text
from shared.storage.compact_columns import unpack_id
from shared.storage.statements import Row, Statement
from transaction_service.history.journal_feed import INITIATOR_KEY, Names, Page, rows_of_page
from transaction_service.ledger.entry import Initiator
from transaction_service.ledger.serializers import reference
from transaction_service.models import entries, exchanges

KEPT = 10_000
"""So many of the newest texts, of about a kilobyte each: as far as one reader may be behind another for a moment."""

_EXCHANGED = (
    *("source_currency", "source_minor", "target_currency", "target_minor"),
    *("rate", "reference_rate", "margin_bp", "rate_day"),
)
_SEALS = Statement(
    select(*entries.c["position", "hash"])
    .where(entries.c.position > bindparam("after"))
    .order_by(entries.c.position)
    .limit(bindparam("limit"))
    .offset(literal_column("0")),  # as in journal_feed
    "after",
    "limit",
)
_EXCHANGES = Statement(
    select(*exchanges.c["position", *_EXCHANGED]).where(
        exchanges.c.position > bindparam("after"), exchanges.c.position <= bindparam("last")
    ),
    "after",
    "last",
)
_SEAL = list(entries.c.keys()).index("hash")


class FeedTexts:
    """Pages of the feed. Any thread asks for one.

    A text is known again by the position of its entry and the seal that the entry has there now: of a ledger that was
    emptied or restored it is another, and so nothing is told of a journal that is no more.
    """

    def __init__(self) -> None:
        self._kept: dict[int, tuple[bytes, str]] = {}
        self._newest = 0
        self._making = threading.Lock()

    def forget(self) -> None:
        """The ledger was emptied: its positions begin anew."""
        with self._making:
            self._kept, self._newest = {}, 0

    def page(self, connection: Connection, *, after: int, limit: int) -> str:
        """Entries after a position, in order, with their postings: the JSON that consumers get."""
        rows = _SEALS.rows(connection, after, limit)
        texts = self._known(rows)
        if len(texts) < len(rows):
            with self._making:  # readers hear of new entries in the same moment: one has them made, the others wait
                texts += self._known(rows[len(texts) :])
                if len(texts) < len(rows):
                    texts += self._made(connection, rows[len(texts)][0] - 1, len(rows) - len(texts))
        return f"[{','.join(texts)}]"

    def _known(self, rows: Sequence[Row]) -> list[str]:
        """The texts that are kept of these positions and seals, up to the first that is not."""
        texts: list[str] = []
        for position, seal in rows:
            kept_seal, text = self._kept.get(position, (None, ""))
            if kept_seal != seal:
                break
            texts.append(text)
        return texts

    def _made(self, connection: Connection, after: int, limit: int) -> list[str]:
        """The texts of entries after a position, made of their rows; the newest of them are kept."""
        found = rows_of_page(connection, Names(), after, limit)
        last = found.entries[-1][0] if found.entries else after
        exchanged = {
            at: render(dict(zip(_EXCHANGED, facts, strict=True)))
            for at, *facts in _EXCHANGES.rows(connection, after, last)
        }
        texts = _Texts(found, exchanged)
        rows = [row for row in found.entries if row[INITIATOR_KEY] in found.initiators]
        made = [texts.of(row) for row in rows]
        self._newest = max(self._newest, last)
        oldest = self._newest - KEPT  # whoever is further behind pushes nothing out that others will ask for
        self._kept.update((row[0], (row[_SEAL], text)) for row, text in zip(rows, made, strict=True) if row[0] > oldest)
        if len(self._kept) > KEPT:
            for position in [position for position in self._kept if position <= oldest]:
                del self._kept[position]
        return made


class _Texts:
    """Rows of the feed as JSON, without the objects that the proof reads: each is made while money moves.

    What many rows of a page say alike is written once. Ids and words of the ledger's own are nothing that JSON would
    have to escape.
    """

    def __init__(self, found: Page, exchanged: dict[int, str]) -> None:
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

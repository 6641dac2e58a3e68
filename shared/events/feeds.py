"""Feeds: ordered rows that one service publishes and others pull, each at its own pace.

A publisher gives out positions from a head row, which each writer locks until its commit: positions appear in the order
of commits. (Sequences of PostgreSQL and MySQL commit out of order, so a reader of "after the last one" loses rows.)

A reader stores where it is in the same commit as what it derived, so every row takes effect exactly once, and starting
again from zero rebuilds everything. Where it is means the position, the mark of the row there (its hash or id), and the
reader's generation: how often it has begun anew. With each page it sees its last row once more; when that is another
row, or the feed ends before it, its publisher was emptied or restored, and the reader begins anew. A page takes effect
only where the reader is still where it was when it asked, so no page of an older feed leaves a hole in a newer one.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from pydantic import Field
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    bindparam,
    insert,
    select,
    text,
    update,
)

from shared.events.feed_wakeups import Listener
from shared.http.payloads import QueryModel, WholeNumber
from shared.network.discovery import Discovery
from shared.network.http_client import ServiceClient
from shared.observability.logs import cause_of
from shared.refusals import Refused
from shared.services import Service
from shared.storage.database import BigInt, Database, short_text
from shared.storage.statements import Statement

logger = structlog.get_logger(__name__)

READ_SCOPE = "feed:read"
_PAUSE_AFTER_ERROR_SECONDS = 1.0
STUCK_AFTER_FAILURES = 3

Row = dict[str, Any]


class FeedQuery(QueryModel):
    """Query parameters of every feed."""

    after: WholeNumber = Field(0, ge=0, le=2**63 - 1, description="the last position already taken in")
    limit: WholeNumber = Field(500, ge=1, le=2000)


def feed_page(rows: list[Row], head: int) -> Row:
    """A feed's reply: rows in order of `position`, and `head`, the newest position there is."""
    return {"success": True, "data": rows, "head": head}


# Publishing


def heads_table(metadata: MetaData) -> Table:
    """The head rows of a service's feeds, for its models; a migration makes one row a feed (`introduce_heads`)."""
    return Table(
        "feed_heads",
        metadata,
        Column("feed", short_text(40), primary_key=True),
        Column("position", BigInt, nullable=False),
        sqlite_strict=True,
    )


def introduce_heads(connection: Connection, positions: Mapping[str, int]) -> None:
    """Make the head rows, each at the last position its feed has given out; for a migration."""
    heads = heads_table(MetaData())
    heads.create(connection)
    if positions:
        connection.execute(insert(heads), [{"feed": feed, "position": last} for feed, last in positions.items()])


def add_head(connection: Connection, feed: str) -> None:
    """Make the head row of one more feed, which is empty; for a migration."""
    connection.execute(insert(heads_table(MetaData())), [{"feed": feed, "position": 0}])


def last_given_out(connection: Connection, feed: str) -> int:
    """The last position that a table numbered by its database has given out, deleted rows too; for a migration."""
    found = connection.execute(text(f"SELECT coalesce(max(position), 0) FROM {feed}")).scalar_one()  # noqa: S608 (ours)
    if connection.dialect.name == "sqlite":
        query = text("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = :feed")
        found = max(found, connection.execute(query, {"feed": feed}).scalar_one())
    return int(found)


def append(connection: Connection, heads: Table, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Publish rows in `table`, which is a feed of that name, in the commit that makes them true.

    All have the same columns, each with what is kept of it. Its head row stays locked until the commit: append once in
    a transaction, in its last step, or first of all.
    """
    if not rows:
        return
    _moves_head(heads).run(connection, [(len(rows), table.name)])
    first = head_position(connection, heads, table.name) - len(rows) + 1
    names = tuple(column.name for column in table.c if column.name in rows[0])
    kept = [(first + number, *map(row.__getitem__, names)) for number, row in enumerate(rows)]
    _appends(table, names).run(connection, kept)


def rewind(connection: Connection, heads: Table, table: Table) -> None:
    """Begin a feed anew, whose rows were deleted: its readers see that it ends before the place where they are."""
    connection.execute(update(heads).where(heads.c.feed == table.name).values(position=0))


def head_position(connection: Connection, heads: Table, feed: str) -> int:
    """The newest position that a feed has given out."""
    ((position,),) = _reads_head(heads).rows(connection, feed)
    return int(position)


@lru_cache(maxsize=16)
def _moves_head(heads: Table) -> Statement:
    moved = update(heads).where(heads.c.feed == bindparam("of_feed"))
    return Statement(moved.values(position=heads.c.position + bindparam("count")), "count", "of_feed")


@lru_cache(maxsize=16)
def _reads_head(heads: Table) -> Statement:
    return Statement(select(heads.c.position).where(heads.c.feed == bindparam("of_feed")), "of_feed")


@lru_cache(maxsize=64)
def _appends(table: Table, names: tuple[str, ...]) -> Statement:
    return Statement(insert(table), "position", *names)


# Reading


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """Where a reader is; `mark` is that of the row at `position`, empty at the start or where none was kept."""

    position: int = 0
    mark: str = ""
    generation: int = 0


def positions_table(metadata: MetaData) -> Table:
    """Where a service is in the feeds it reads, for its models."""
    return Table(
        "feed_positions",
        metadata,
        Column("feed", short_text(64), primary_key=True),
        Column("position", BigInt, nullable=False),
        Column("mark", short_text(64), nullable=False, server_default=""),
        Column("generation", Integer, nullable=False, server_default="0"),
        sqlite_strict=True,
    )


def read_position(connection: Connection, positions: Table, feed: str, *, for_update: bool = False) -> FeedPosition:
    """Where the reader of this feed is, as this transaction sees it."""
    table = positions.c
    query = select(table.position, table.mark, table.generation).where(table.feed == feed)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    return FeedPosition() if row is None else FeedPosition(*row)


class FeedReader:
    """One service's way through one feed, stored in its `positions` table (see `positions_table`) under this name.

    `derive(connection, rows)` takes in rows that follow; `forget(connection)` drops what was derived, as the feed
    begins anew. Both write on the connection alone. `mark` names the field of a row that no other row has.
    """

    def __init__(
        self,
        database: Database,
        positions: Table,
        feed: str,
        *,
        derive: Callable[[Connection, list[Row]], None],
        forget: Callable[[Connection], None],
        mark: str = "id",
    ) -> None:
        self.feed = feed
        self._database = database
        self._positions = positions
        self._derive = derive
        self._forget = forget
        self._mark = mark

    def position(self) -> FeedPosition:
        """Where this reader is."""
        with self._database.read() as connection:
            return self.read(connection)

    def read(self, connection: Connection, *, for_update: bool = False) -> FeedPosition:
        """Where this reader is, as this transaction sees it."""
        return read_position(connection, self._positions, self.feed, for_update=for_update)

    def take_in(self, asked_at: FeedPosition, rows: list[Row], head: int) -> FeedPosition:
        """Take in a page that was asked for at `asked_at`, beginning with the row there; where the reader is then.

        Does nothing when another process has moved the reader meanwhile.
        """
        if self._is_another_feed(asked_at, rows, head):
            self.begin_anew(asked_at)
            return FeedPosition(generation=asked_at.generation + 1)
        fresh = [row for row in rows if row["position"] > asked_at.position]
        if not fresh:
            return asked_at
        reached = FeedPosition(fresh[-1]["position"], str(fresh[-1][self._mark]), asked_at.generation)
        with self._database.write() as connection:
            if self.read(connection, for_update=True) == asked_at:
                self._derive(connection, fresh)
                self.store(connection, reached)
        return reached

    def begin_anew(self, asked_at: FeedPosition | None = None) -> None:
        """Drop what was derived and go back to the start: unconditionally, or if the reader is still at `asked_at`."""
        with self._database.write() as connection:
            stored = self.read(connection, for_update=True)
            if asked_at is None or stored == asked_at:
                self._forget(connection)
                self.go_back(connection)

    def go_back(self, connection: Connection) -> None:
        """Go back to the start. What was derived is to be dropped in the same transaction."""
        stored = self.read(connection, for_update=True)
        self.store(connection, FeedPosition(generation=stored.generation + 1))

    def store(self, connection: Connection, reached: FeedPosition) -> None:
        """Remember where the reader is."""
        table = self._positions
        values = {"position": reached.position, "mark": reached.mark, "generation": reached.generation}
        moved = connection.execute(update(table).where(table.c.feed == self.feed).values(values))
        if not moved.rowcount:
            connection.execute(insert(table).values(feed=self.feed, **values))

    def _is_another_feed(self, asked_at: FeedPosition, rows: list[Row], head: int) -> bool:
        if head < asked_at.position:
            return True
        same = next((row for row in rows if row["position"] == asked_at.position), None)
        return same is not None and asked_at.mark not in ("", str(same[self._mark]))


def are_taken_in(consumers: Iterable["FeedConsumer"]) -> bool:
    """Whether what the feeds say can be taken in; a service that is away for a while is no fault of ours."""
    return not any(consumer.is_stuck for consumer in consumers)


class FeedConsumer:
    """Pulls one feed for a reader, in a daemon thread or when it is told to. Several may do so side by side.

    `lag` is how many positions the feed was ahead after the last page. A page has room for the reader's last row and at
    least one more. `prepare(rows)` is called with each page before it is taken in, outside of any transaction; it may
    raise Refused, and the page is then asked for again later.
    """

    def __init__(
        self,
        source: Service,
        path: str,
        reader: FeedReader,
        *,
        discovery: Discovery,
        token: Callable[[], str],
        poll_seconds: float = 0.5,
        page_size: int = 500,
        prepare: Callable[[list[Row]], None] | None = None,
    ) -> None:
        self.name = f"{source.name}{path}"
        self.lag = 0
        self._behind_since: float | None = None
        self._failures = 0
        self.reader = reader
        self._client = ServiceClient(source, discovery)
        self._path = path
        self._token = token
        self._poll_seconds = poll_seconds
        self._page_size = page_size
        self._prepare = prepare
        self._stopped = threading.Event()
        self._bell = Listener(source)

    @property
    def is_stuck(self) -> bool:
        """Whether what the feed says could not be taken in, time after time; a source that is away is not that."""
        return self._failures >= STUCK_AFTER_FAILURES

    @property
    def behind_seconds(self) -> float:
        """For how long this reader has not had all that the feed has, as far as it knows."""
        since = self._behind_since
        return 0.0 if since is None else time.monotonic() - since

    def start(self) -> None:
        """Begin pulling."""
        threading.Thread(target=self._run, name=f"feed {self.name}", daemon=True).start()

    def stop(self) -> None:
        """Stop after the page in hand."""
        self._stopped.set()

    def pull(self) -> int:
        """Take in one page; the number of rows that were new. Raises Refused when the source is away."""
        asked_at = self.reader.position()
        after = max(asked_at.position - 1, 0)
        path = f"{self._path}?after={after}&limit={self._page_size}"
        try:
            body = self._client.call("GET", path, token=self._token()).body
            if self._prepare is not None:
                self._prepare(body["data"])
            reached = self.reader.take_in(asked_at, body["data"], body["head"])
        except Refused:  # who cannot ask does not know what there is; but the longer, the less likely it is nothing
            self._note_lag(is_behind=True)
            raise
        except Exception:
            self._failures += 1
            self._note_lag(is_behind=True)
            raise
        self._failures = 0
        self.lag = max(body["head"] - reached.position, 0)
        self._note_lag(is_behind=self.lag > 0)
        return sum(row["position"] > asked_at.position for row in body["data"])

    def _note_lag(self, *, is_behind: bool) -> None:
        self._behind_since = (self._behind_since or time.monotonic()) if is_behind else None

    def catch_up(self) -> None:
        """Take in all that the feed has now; what comes meanwhile may wait. Raises Refused when its service is away."""
        self.pull()
        began = self.reader.position()
        head = began.position + self.lag
        while self.lag > 0:
            at = self.reader.position()
            if at.generation != began.generation:  # begun anew: what the feed has now is what it began with
                began, head = at, at.position + self.lag
            elif at.position >= head:
                return
            self.pull()

    def _run(self) -> None:
        has_ended = False
        while not has_ended:
            try:
                if self.pull() and self.lag:
                    has_ended = self._stopped.is_set()
                    continue
                if self.lag:  # it has begun anew: what is there did not ring for this reader
                    self._bell.forget()
                has_ended = self._bell.wait(self._stopped, self._poll_seconds)
            except Refused as refused:
                logger.debug("feed_away", feed=self.name, cause=cause_of(refused))
                has_ended = self._stopped.wait(_PAUSE_AFTER_ERROR_SECONDS)
            except Exception:  # a consumer that died in silence would leave its readers stale for ever
                logger.exception("feed_failed", feed=self.name, failures=self._failures)
                has_ended = self._stopped.wait(_PAUSE_AFTER_ERROR_SECONDS)

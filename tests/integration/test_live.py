"""The totals of this second: right, read again only where something has changed, and told to whoever may watch."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reporting_service.live import board as live_board
from reporting_service.live.board import LiveBoard
from shared import services
from shared.refusals import UNAUTHENTICATED, Refused
from shared.serving import standby_thread
from tests.bank_processes import wait_until
from tests.reporting_bank import ReportingBank, reporting_bank

PATH = "/api/reports/live"


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path) as opened:
        yield opened


def totals(bank: ReportingBank) -> dict[str, Any]:
    reply = bank.bank.client(services.REPORTING).get(f"{PATH}?once=true", headers=bank.bank.headers("admin"))
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json["data"]
    return found


def test_totals_are_those_of_the_journal_and_of_the_directories(bank: ReportingBank) -> None:
    bank.follow()
    before = totals(bank)
    assert (before["transactions"], before["accounts"], sum(before["bars"])) == (0, 0, 0)
    bank.customer("5.00", "7.50")
    bank.follow()
    now = totals(bank)
    assert (now["transactions"], now["accounts"], now["users"]) == (2, 2, before["users"] + 1)
    assert now["volume"] == [
        {
            "currency": "EUR",
            "transactions": 2,
            "amount": "12.50",
            "transactions_today": 2,
            "amount_today": "12.50",
        }
    ]
    assert sum(now["bars"]) == 2
    assert now["behind"] == 0
    bank.customer("1.00")
    bank.follow()
    assert sum(totals(bank)["bars"]) == 3


def test_what_has_not_changed_is_not_added_up_again(bank: ReportingBank) -> None:
    bank.customer("5.00")
    bank.follow()
    first = totals(bank)
    bank.alter(services.REPORTING, "UPDATE volumes SET amount_minor = 999", "DELETE FROM users")
    again = totals(bank)
    assert (again["volume"], again["users"]) == (first["volume"], first["users"])


@pytest.mark.parametrize("role", ["customer", "employee"])
def test_only_administrators_watch(bank: ReportingBank, role: str) -> None:
    client = bank.bank.client(services.REPORTING)
    assert client.get(PATH, headers=bank.bank.headers(role)).status_code == 403
    assert client.get(PATH).status_code == 401


def test_a_server_that_lets_no_reply_go_on_tells_one_event(bank: ReportingBank) -> None:
    reply = bank.bank.client(services.REPORTING).get(PATH, headers=bank.bank.headers("admin"))
    assert reply.content_type == "text/event-stream"
    name, data = reply.data.decode().strip().split("\n")
    assert name == "event: totals"
    assert json.loads(data.removeprefix("data: "))["transactions"] == 0


class Reader:
    """A reply that goes on, as the server hands it over."""

    def __init__(self, most: int = 1000) -> None:
        self.pieces: list[bytes] = []
        self.is_over = False
        self._most = most

    def send(self, piece: bytes) -> bool:
        if len(self.pieces) >= self._most:
            return False
        self.pieces.append(piece)
        return True

    def end(self, *, is_whole: bool = True) -> None:
        self.is_over = is_whole

    @property
    def said(self) -> str:
        return b"".join(self.pieces).decode()


class Tokens:
    """A verifier that knows which tokens hold."""

    def __init__(self) -> None:
        self.good = {"good"}

    def verify(self, token: str) -> None:
        if token not in self.good:
            raise Refused(UNAUTHENTICATED)


@pytest.fixture
def board(bank: ReportingBank) -> tuple[LiveBoard, Tokens]:
    tokens: Any = Tokens()
    return LiveBoard(bank.context.live._totals, tokens, every_seconds=0.02), tokens


def test_all_who_watch_share_one_computation_and_nobody_costs_none(board: tuple[LiveBoard, Tokens]) -> None:
    shown, tokens = board
    readers: list[Any] = [Reader() for _ in range(50)]
    for reader in readers:
        shown.watch(reader, "good")
    wait_until(lambda: all(len(reader.pieces) > 3 for reader in readers), 60)
    tokens.good.clear()
    wait_until(lambda: all(reader.is_over for reader in readers), 60)
    assert all(reader.pieces[0] == b"retry: 2000\n\n" for reader in readers)
    assert all('event: end\ndata: {"reason":"token"}' in reader.said for reader in readers)
    told = {piece for reader in readers for piece in reader.pieces if piece.startswith(b"event: totals")}
    assert len(told) <= shown.computations < 50
    wait_until(lambda: shown.watchers == 0, 60)
    computed = shown.computations
    time.sleep(0.1)
    assert shown.computations == computed


def test_a_stream_ends_in_time_and_one_that_is_not_read_at_once(board: tuple[LiveBoard, Tokens]) -> None:
    shown, _ = board
    short, gone = Reader(), Reader(most=2)
    readers: Any = (short, gone)
    shown.watch(readers[0], "good", longest_seconds=0.1)
    shown.watch(readers[1], "good")
    wait_until(lambda: short.is_over and gone.is_over, 60)
    assert short.said.endswith('event: end\ndata: {"reason":"time"}\n\n')
    assert "event: end" not in gone.said


def test_one_more_than_may_watch_is_told_so(board: tuple[LiveBoard, Tokens], monkeypatch: pytest.MonkeyPatch) -> None:
    shown, tokens = board
    monkeypatch.setattr(live_board, "MOST_WATCHERS", 1)
    first: Any = Reader()
    late: Any = Reader()
    shown.watch(first, "good")
    with pytest.raises(Refused):
        shown.check_room()
    shown.watch(late, "good")
    assert late.said.endswith('data: {"reason":"full"}\n\n')
    assert late.is_over
    assert not first.is_over
    tokens.good.clear()
    wait_until(lambda: bool(first.is_over), 60)


def test_what_cannot_be_read_for_a_moment_is_a_heartbeat(bank: ReportingBank, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> dict[str, Any]:
        raise OSError("away")

    monkeypatch.setattr(bank.context.live._totals, "now", away)
    assert bank.context.live.event() == b": the totals cannot be read at the moment\n\n"


def test_who_cannot_be_told_is_given_up_and_the_others_are_told(board: tuple[LiveBoard, Tokens]) -> None:
    shown, tokens = board

    class Broken(Reader):
        def send(self, piece: bytes) -> bool:
            if len(self.pieces) == 2:
                message = "nobody thought of this"
                raise ValueError(message)
            return super().send(piece)

    broken, other = Broken(), Reader()
    readers: Any = (broken, other)
    for reader in readers:
        shown.watch(reader, "good")
    wait_until(lambda: len(other.pieces) > 5, 60)
    assert (len(broken.pieces), shown.watchers) == (2, 1)
    tokens.good.clear()
    wait_until(lambda: other.is_over, 60)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_followed_by_another_which_goes_on_telling(
    board: tuple[LiveBoard, Tokens], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, tokens = board
    deaths = []

    def deadly() -> bytes:
        if len(deaths) < 2:
            deaths.append(threading.get_ident())
            raise SystemExit
        return b"event: totals\ndata: {}\n\n"

    monkeypatch.setattr(shown, "event", deadly)
    reader: Any = Reader()
    shown.watch(reader, "good")
    wait_until(lambda: len(reader.pieces) > 3, 60)
    assert len(deaths) == 2
    assert shown.is_telling()
    tokens.good.clear()
    wait_until(lambda: bool(reader.is_over), 60)


def test_a_board_that_hangs_makes_the_service_unhealthy(bank: ReportingBank, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on = threading.Event()

    def hanging() -> bytes:
        goes_on.wait(60)
        return b""

    monkeypatch.setattr(standby_thread, "LONGEST_TURN_SECONDS", 0.05)
    monkeypatch.setattr(bank.context.live, "event", hanging)
    client = bank.bank.client(services.REPORTING)
    assert client.get("/api/health").json["checks"]["live"] == "healthy"
    reader: Any = Reader(most=1)
    bank.context.live.watch(reader, "any")
    wait_until(lambda: client.get("/api/health").status_code == 503, 60)
    assert client.get("/api/health").json["reasons"] == ["the check of the live fails"]
    goes_on.set()
    wait_until(lambda: client.get("/api/health").json["checks"]["live"] == "healthy", 60)

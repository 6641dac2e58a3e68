"""What a service's log files say of one request."""

import json
import time
from pathlib import Path

import pytest

from shared.observability.log_lines import MOST_LINES, lines_of
from shared.services import ACCOUNT, TRANSACTION
from shared.time import clock

AROUND = clock.from_wire("2026-11-27T08:00:30.000000Z")
REQUEST = "0190a8c0-5f00-7a00-8000-00000000000b"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BANK_LOG_DIR", str(tmp_path))
    return tmp_path


def line(second: int, event: str = "request", request_id: str = REQUEST, hour: int = 8, **more: object) -> str:
    at = f"2026-11-27T{hour:02d}:00:{second:02d}.000000Z"
    return json.dumps({"event": event, **more, "request_id": request_id, "level": "info", "timestamp": at}) + "\n"


def test_the_lines_of_a_request_are_found_in_rotated_files_too_and_in_order(folder: Path) -> None:
    log = folder / "transaction-service.log"
    log.with_name(f"{log.name}.2").write_text(line(1, "first") + line(1, "other", "another"))
    log.with_name(f"{log.name}.1").write_text(line(2, "second", path="/x"))
    log.write_text("no JSON " + REQUEST + "\n" + line(3, "third") + line(4, "other", "b"))
    found = lines_of(TRANSACTION, REQUEST, AROUND)
    assert [(one["event"], one["details"]) for one in found] == [
        ("first", {}),
        ("second", {"path": "/x"}),
        ("third", {}),
    ]
    assert found[0]["at"] == "2026-11-27T08:00:01.000000Z"
    assert lines_of(ACCOUNT, REQUEST, AROUND) is None


def test_a_line_that_only_names_the_id_is_of_another_request(folder: Path) -> None:
    log = folder / "transaction-service.log"
    log.write_text(line(1, "request", "another", path=f"/internal/log-lines/{REQUEST}"))
    assert lines_of(TRANSACTION, REQUEST, AROUND) == []


def test_of_many_lines_those_next_to_the_time_are_kept_and_half_a_line_is_left(folder: Path) -> None:
    log = folder / "transaction-service.log"
    log.write_text("".join(line(number, str(number)) for number in range(60)) + line(59)[:-9])
    found = lines_of(TRANSACTION, REQUEST, AROUND) or []
    assert len(found) == MOST_LINES
    assert [one["event"] for one in found] == [str(number) for number in range(5, 55)]


def test_whoever_uses_an_id_again_hides_nothing_and_keeps_nobody_busy(folder: Path) -> None:
    """Ids are chosen by whoever asks: one of a single letter, on each of a hundred thousand other lines."""
    log = folder / "transaction-service.log"
    before = "".join(line(number % 60, "earlier", "e", hour=3, user="eve") for number in range(50_000))
    after = "".join(line(number % 60, "later", "e", hour=9, user="eve") for number in range(50_000))
    log.write_text(before + line(29, "the one", "e") + after)
    began = time.process_time()
    found = lines_of(TRANSACTION, "e", AROUND) or []
    assert [one["event"] for one in found] == ["the one"]
    assert time.process_time() - began < 0.1


def test_an_exception_is_named_and_not_quoted(folder: Path) -> None:
    said = "Traceback (most recent call last):\n  File x\npsycopg.Error: Key (email)=(ann@example.org) exists"
    (folder / "transaction-service.log").write_text(line(30, "unforeseen_error", exception=said))
    (found,) = lines_of(TRANSACTION, REQUEST, AROUND) or []
    assert found["details"] == {"exception": "psycopg.Error"}


def test_where_nothing_is_written_there_is_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines_of(TRANSACTION, REQUEST, AROUND) is None
    (folder / "transaction-service.log").touch()
    assert lines_of(TRANSACTION, REQUEST, AROUND) == []
    monkeypatch.delenv("BANK_LOG_DIR")
    assert lines_of(TRANSACTION, REQUEST, AROUND) is None

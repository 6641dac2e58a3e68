"""What a service's log files say of one request."""

import json
from pathlib import Path

import pytest

from shared.log_lines import MOST_LINES, lines_of
from shared.services import ACCOUNT, TRANSACTION

REQUEST = "0190a8c0-5f00-7a00-8000-00000000000b"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BANK_LOG_DIR", str(tmp_path))
    return tmp_path


def line(second: int, event: str = "request", request_id: str = REQUEST, **more: object) -> str:
    at = f"2026-11-27T08:00:{second:02d}.000000Z"
    return json.dumps({"event": event, **more, "request_id": request_id, "level": "info", "timestamp": at}) + "\n"


def test_the_lines_of_a_request_are_found_in_rotated_files_too_and_in_order(folder: Path) -> None:
    log = folder / "transaction-service.log"
    log.with_name(f"{log.name}.2").write_text(line(1, "first") + line(1, "other", "another"))
    log.with_name(f"{log.name}.1").write_text(line(2, "second", path="/x"))
    log.write_text("no JSON " + REQUEST + "\n" + line(3, "third") + line(4, "other", "b"))
    found = lines_of(TRANSACTION, REQUEST)
    assert [(one["event"], one["details"]) for one in found] == [
        ("first", {}),
        ("second", {"path": "/x"}),
        ("third", {}),
    ]
    assert found[0]["at"] == "2026-11-27T08:00:01.000000Z"
    assert lines_of(ACCOUNT, REQUEST) == []


def test_a_line_that_only_names_the_id_is_of_another_request(folder: Path) -> None:
    log = folder / "transaction-service.log"
    log.write_text(line(1, "request", "another", path=f"/internal/log-lines/{REQUEST}"))
    assert lines_of(TRANSACTION, REQUEST) == []


def test_the_last_lines_are_kept_and_half_a_line_is_left(folder: Path) -> None:
    log = folder / "transaction-service.log"
    log.write_text("".join(line(number % 60, str(number)) for number in range(MOST_LINES + 5)) + line(0)[:-9])
    assert [one["event"] for one in lines_of(TRANSACTION, REQUEST)] == [str(n) for n in range(5, MOST_LINES + 5)]


def test_where_nothing_is_written_there_is_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "transaction-service.log").touch()
    assert lines_of(TRANSACTION, REQUEST) == []
    monkeypatch.delenv("BANK_LOG_DIR")
    assert lines_of(TRANSACTION, REQUEST) == []

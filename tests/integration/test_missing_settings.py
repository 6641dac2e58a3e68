"""A bank in production makes no secrets of its own: a service that lacks one says which, in a sentence, and ends."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from shared.services import service_named
from tests.forked_server import ForkedServer
from tests.free_ports import free_port

GRACE_SECONDS = 60


def served(package: str, folder: Path, **settings: str) -> tuple[int | None, list[dict[str, Any]]]:
    """What came of serving it with these settings alone: its exit code, and its log, which is JSON to the last line."""
    port = {f"{service_named(package).env_prefix}_PORT": str(free_port())}
    environment = {"PATH": os.environ["PATH"], "BANK_DATA_DIR": str(folder / "data"), **port, **settings}
    server = ForkedServer("shared.server", [package], environment, folder / "log")
    server.wait(GRACE_SECONDS)
    return server.exit_code, [json.loads(line) for line in (folder / "log").read_text().splitlines()]


@pytest.mark.parametrize(
    ("package", "missing"),
    [
        ("transaction_service", "TRANSACTION_CARD_KEY"),
        ("reporting_service", "REPORTING_AUDIT_KEY"),
        ("auth_service", "BANK_ADMIN_PASSWORD"),
        ("gateway", "SESSION_SECRET"),
    ],
)
def test_a_missing_setting_is_named_in_one_sentence(package: str, missing: str, tmp_path: Path) -> None:
    exit_code, log = served(package, tmp_path, BANK_ENV="production")
    assert exit_code not in (0, -9)
    sentence = f"{service_named(package).name} does not start: {missing} is not set"
    assert [line["event"].startswith(sentence) for line in log].count(True) == 1
    assert "Traceback" not in str(log)


def test_a_setting_that_is_no_number_is_named_before_anything_listens(tmp_path: Path) -> None:
    exit_code, log = served("auth_service", tmp_path, AUTH_WORKERS="many")
    assert exit_code == 1
    sentence = "auth-service does not start: AUTH_WORKERS must be a whole number, not 'many'"
    assert [line["event"] for line in log] == [sentence]


@pytest.mark.parametrize("package", ["reporting_service", "gateway"])
def test_a_time_zone_that_does_not_exist_is_named_before_anything_listens(package: str, tmp_path: Path) -> None:
    exit_code, log = served(package, tmp_path, BANK_TIME_ZONE="Mars/Olympus")
    assert exit_code == 1
    name = service_named(package).name
    zones = "it must be a zone such as Europe/Berlin or UTC"
    sentence = f"{name} does not start: BANK_TIME_ZONE is 'Mars/Olympus'; {zones}"
    assert [line["event"] for line in log] == [sentence]

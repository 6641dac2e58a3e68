"""Supervision goes on whatever happens to it, and says what that was; passwords are for a person at a first start."""

import json
import threading
import time
from pathlib import Path

import pytest

from orchestrator import credentials, supervised_service
from orchestrator.supervised_service import SupervisedService
from shared.services import AUTH, Service
from tests.bank_processes import wait_until


class Process:
    """A process that ends when it is told to."""

    pid = 0

    def __init__(self) -> None:
        self.ended = threading.Event()

    def lines(self) -> list[str]:
        return []

    def wait(self) -> int:
        self.ended.wait(10)
        return 0

    def terminate(self) -> None:
        self.ended.set()

    def kill_group(self) -> None:
        self.ended.set()

    def close(self) -> None:
        """Nothing to close."""


def test_a_process_that_cannot_be_started_is_an_alarm_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Process] = []
    failures = [OSError(12, "Cannot allocate memory"), EOFError("the fork server is gone")]

    def new_process(_service: Service, _environment: object) -> Process:
        if failures:
            raise failures.pop(0)
        started.append(Process())
        return started[-1]

    monkeypatch.setattr(supervised_service, "ServiceProcess", new_process)
    alarms: list[str] = []
    stop = threading.Event()
    one = SupervisedService(AUTH, {}, say=lambda *_: None, alarm=lambda _service, text: alarms.append(text), stop=stop)
    one.start()
    deadline = time.monotonic() + 10
    while not started and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(started) == 1
    assert [text for text in alarms if "could not be run" in text] == [
        "could not be run: OSError: Cannot allocate memory",
        "could not be run: EOFError",
    ]
    stop.set()
    one.ask_to_stop()
    assert one.has_stopped(within_seconds=5)


@pytest.mark.parametrize(("up_seconds", "is_planned"), [(0.0, True), (60.0, False)])
def test_who_asks_a_service_to_end_has_not_let_it_crash(
    monkeypatch: pytest.MonkeyPatch, up_seconds: float, is_planned: bool
) -> None:
    """As a change of keys does. One that ends by itself before it serves anybody is looked into all the same."""
    told: list[dict[str, str]] = []
    started: list[Process] = []

    def new_process(_service: Service, environment: dict[str, str]) -> Process:
        told.append(environment)
        started.append(Process())
        return started[-1]

    monkeypatch.setattr(supervised_service, "ServiceProcess", new_process)
    monkeypatch.setattr(supervised_service, "_UP_SECONDS", up_seconds)
    alarms: list[str] = []
    stop = threading.Event()
    one = SupervisedService(AUTH, {}, say=lambda *_: None, alarm=lambda _service, text: alarms.append(text), stop=stop)
    one.start()
    wait_until(lambda: len(started) == 1, 5)
    started[0].terminate()
    wait_until(lambda: len(started) == 2, 5)
    stop.set()
    one.ask_to_stop()
    assert one.has_stopped(within_seconds=5)
    assert told[1]["BANK_PLANNED_RESTARTS"] == str(int(is_planned))
    assert told[1]["BANK_RESTARTS"] == str(int(not is_planned))
    assert bool(alarms) is not is_planned


def test_passwords_are_shown_only_when_asked_for(tmp_path: Path) -> None:
    people = {"admin": {"username": "admin", "password": "secret one"}}
    people["employee"] = {"username": "clara", "password": "secret two"}
    content = {**people, "customers": [{"username": "ada", "password": "secret three"}]}
    credentials.path(tmp_path).write_text(json.dumps(content))
    assert "secret" not in str(credentials.log_ins(tmp_path, with_passwords=False))
    assert [role for role, _ in credentials.log_ins(tmp_path, with_passwords=False)] == [
        "admin",
        "employee",
        "customer",
    ]
    assert str(credentials.log_ins(tmp_path, with_passwords=True)).count("secret") == 3

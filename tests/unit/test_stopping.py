"""How a bank stops: the gateway first, time enough for the others after it, and at once only when somebody says so."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import run_services
from orchestrator import stop_signals
from orchestrator.screen import Screen
from shared.services import AUTH, GATEWAY, TRANSACTION, Service

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
OTHERS_NEED_SECONDS = 0.1


class Supervised:
    """A service that takes its time to stop; the gateway takes for ever."""

    pid = None

    def __init__(self, service: Service, _environment: object, **_how: Any) -> None:
        self.service = service
        self.was_killed = False
        self.asked_at = 0.0
        self._ended = threading.Event()

    def ask_to_stop(self) -> None:
        self.asked_at = time.monotonic()
        if self.service != GATEWAY:
            threading.Timer(OTHERS_NEED_SECONDS, self._ended.set).start()

    def has_stopped(self, *, within_seconds: float) -> bool:
        return self._ended.wait(max(0.0, within_seconds))

    def kill(self) -> None:
        self.was_killed = True
        self._ended.set()


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> run_services.Bank:
    monkeypatch.setattr(run_services, "SupervisedService", Supervised)
    return run_services.Bank([GATEWAY, AUTH, TRANSACTION], tmp_path, Screen(), workers=1, reload=False)


@pytest.fixture
def ends(bank: run_services.Bank, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """This process obeys signals as the bank's does; the codes with which it would have ended at once."""
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    run_services.obey_signals(bank)
    yield codes
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_gateway_that_takes_all_of_the_grace_leaves_the_others_some(
    bank: run_services.Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_services, "GRACE_SECONDS", 0.2)
    bank.shut_down()
    services = {one.service: one for one in bank._supervised}
    assert [name for name, one in services.items() if one.was_killed] == [GATEWAY]  # type: ignore[attr-defined]
    asked = {name: one.asked_at for name, one in services.items()}  # type: ignore[attr-defined]
    assert min(asked[AUTH], asked[TRANSACTION]) - asked[GATEWAY] >= 0.2


@pytest.mark.parametrize("follows", [signal.SIGTERM, signal.SIGINT])
def test_different_signals_that_come_together_are_one_wish(
    bank: run_services.Bank, ends: list[int], monkeypatch: pytest.MonkeyPatch, follows: signal.Signals
) -> None:
    os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), follows)
    assert bank.stop.is_set()
    assert ends == []
    monkeypatch.setattr(stop_signals, "TOGETHER_SECONDS", 0.0)
    os.kill(os.getpid(), follows)
    assert ends == [128 + follows]


def test_the_second_ctrl_c_ends_it_at_once(bank: run_services.Bank, ends: list[int]) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    assert ends == []
    os.kill(os.getpid(), signal.SIGINT)
    assert ends == [128 + signal.SIGINT]


def test_a_terminal_that_hangs_up_is_not_impatient(
    bank: run_services.Bank, ends: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop_signals, "TOGETHER_SECONDS", 0.0)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGHUP):
        os.kill(os.getpid(), number)
    assert bank.stop.is_set()
    assert ends == []

"""The demo world: five customers with thirty days of history, made on an empty bank through its public API.

The bank itself remembers how far it got, so a start after a kill finds the job under way and waits for that one.
"""

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orchestrator import credentials
from orchestrator.bank_client import BankAwayError, Reply, call
from orchestrator.readiness import StopRequestedError
from orchestrator.screen import Screen
from shared.services import ACCOUNT, AUTH, GATEWAY, SIMULATOR, TRANSACTION, Service
from shared.settings import is_production

WORLD = {"seed": 1, "customers": 5, "days": 30}
NEEDED = frozenset({GATEWAY, AUTH, ACCOUNT, TRANSACTION, SIMULATOR})
_STEP_SECONDS = 0.2
_LONGEST_ABSENCE_SECONDS = 60.0


class NoDemoWorldError(Exception):
    """Why there is no demo world, in words for the screen."""


def seed(data: Path, started: Sequence[Service], stop: threading.Event, screen: Screen) -> None:
    """Make the demo world if the bank is empty, and keep its log-ins in `credentials.json`.

    Failing is no reason not to run the bank: the screen says what went wrong. Raises StopRequestedError.
    """
    began = time.monotonic()
    try:
        if is_production() or not NEEDED.issubset(started):
            return
        simulator = _Simulator(data, stop)
        job = simulator.find_or_make_world()
        if job is None:
            return
        customers = _wait_for(simulator, job, screen)
    except NoDemoWorldError as reason:
        screen.line(f"no demo world: {reason}", style="yellow")
        return
    credentials.add_customers(data, customers)
    screen.line(f"demo world ready in {time.monotonic() - began:.1f} s", style="green")


def _wait_for(simulator: "_Simulator", job: dict[str, Any], screen: Screen) -> list[dict[str, str]]:
    """Show the job's progress until it is done; the log-ins it made."""
    shown = 0
    with screen.console.status("demo world") as status:
        while job["status"] in ("queued", "running"):
            text = f"demo world: {job['progress']:.0%}, {job['posted']:,} movements posted"
            status.update(text)
            if not screen.console.is_terminal and job["progress"] * 100 >= shown + 20:
                shown = int(job["progress"] * 100)
                screen.line(text)
            simulator.pause()
            job = simulator.job(job["id"])
    if job["status"] != "succeeded":
        message = f"the simulator could not make it: {job['error']}"
        raise NoDemoWorldError(message)
    screen.line(f"demo world: {job['posted']:,} movements, {job['transactions_per_second']:,.0f} a second")
    return [{"username": one["username"], "password": one["password"]} for one in job["log_ins"]]


class _Simulator:
    """The simulator as an administrator reaches it: through the gateway, logged in."""

    def __init__(self, data: Path, stop: threading.Event) -> None:
        self._stop = stop
        self._has_log_ins = bool(credentials.read(data).get("customers"))
        self._admin = credentials.admin(data)
        self._token = self._log_in()

    def find_or_make_world(self) -> dict[str, Any] | None:
        """The job that makes the demo world: the one under way or done, else a new one. None when there is no need."""
        status = self._data("GET", "/api/simulator/status")
        under_way: dict[str, Any] | None = status["job"]
        if under_way is not None and under_way["kind"] == "world":
            return under_way
        if status["world"] is not None:
            return None if self._has_log_ins else self._job_of(status["world"]["id"])
        if self._data("GET", "/api/auth/users?role=customer&limit=1"):
            return None
        made: dict[str, Any] = self._data("POST", "/api/simulator/worlds", WORLD)
        return made

    def job(self, job_id: str) -> dict[str, Any]:
        """The job as it is now."""
        found: dict[str, Any] = self._data("GET", f"/api/simulator/jobs/{job_id}")
        return found

    def pause(self) -> None:
        """Wait a moment. Raises StopRequestedError."""
        if self._stop.wait(_STEP_SECONDS):
            raise StopRequestedError

    def _job_of(self, world_id: str) -> dict[str, Any] | None:
        jobs = self._data("GET", "/api/simulator/jobs?limit=200")
        return next((job for job in jobs if job["kind"] == "world" and job["world_id"] == world_id), None)

    def _log_in(self) -> str:
        if self._admin is None:
            message = "the administrator's log-in is not in credentials.json"
            raise NoDemoWorldError(message)
        reply = self._patiently("POST", "/api/auth/login", dict(self._admin), None)
        if reply.status != 200:
            message = f"the administrator could not log in: {reply.body.get('message', reply.status)}"
            raise NoDemoWorldError(message)
        return str(reply.body["data"]["access_token"])

    def _data(self, method: str, path: str, payload: object = None) -> Any:
        reply = self._patiently(method, path, payload, self._token)
        if reply.status == 401:
            self._token = self._log_in()
            reply = self._patiently(method, path, payload, self._token)
        if reply.status not in (200, 201, 202):
            message = f"{method} {path} answered {reply.status}: {reply.body.get('message', '')}"
            raise NoDemoWorldError(message)
        return reply.body["data"]

    def _patiently(self, method: str, path: str, payload: object, token: str | None) -> Reply:
        """One call; what only reads is asked again while a service is on its way back."""
        give_up_at = time.monotonic() + _LONGEST_ABSENCE_SECONDS
        while True:
            try:
                reply = call(method, GATEWAY.default_url + path, token=token, payload=payload, timeout_seconds=10.0)
                if reply.status not in (429, 503, 504) or method != "GET":
                    return reply
            except BankAwayError as error:
                if method != "GET":
                    message = f"{method} {path} got no answer: {error}"
                    raise NoDemoWorldError(message) from None
            if time.monotonic() > give_up_at:
                message = f"{method} {path} got no answer for {_LONGEST_ABSENCE_SECONDS:.0f} s"
                raise NoDemoWorldError(message)
            self.pause()

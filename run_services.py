"""Runs the whole bank on this machine: `python run_services.py` (see `--help`).

Starts every service of shared/services.py, waits until each is healthy, makes the demo world on an empty bank, starts
again what dies, and on SIGTERM or Ctrl-C finishes the requests in flight and leaves nothing running.
"""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from orchestrator import credentials, demo_world, given, ports, run_file, service_process
from orchestrator.code_watch import CodeWatch
from orchestrator.log_rotation import LogRotation, log_days
from orchestrator.readiness import StopRequestedError, wait_until_healthy
from orchestrator.screen import Screen
from orchestrator.stop_signals import StopSignals
from orchestrator.supervised_service import SupervisedService
from shared.observability.logs import cause_of
from shared.services import ACCOUNT, GATEWAY, SERVICES, TRANSACTION, Service
from shared.settings import MissingSettingError, check_surroundings, data_dir, why_one_process
from shared.storage.private_files import keep_private

GRACE_SECONDS = 20.0
GRACE_AFTER_GATEWAY_SECONDS = 10.0
"""What the others have at least: while the gateway stops they still answer it, so they are asked when it is gone."""
PATIENCE_AFTER_KILL_SECONDS = 20.0
HOUSEKEEPING_SECONDS = 0.5
COUNTING = (GATEWAY, ACCOUNT, TRANSACTION)
"""These limit how often somebody may do something, and count it together where they have a Redis."""


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line; each service of the one list has its `--no-<flag>`."""
    parser = argparse.ArgumentParser(description="Run the whole bank on this machine.")
    for service in SERVICES:
        parser.add_argument(f"--no-{service.flag}", action="store_true", help=f"do not start the {service.name}")
    parser.add_argument("--no-demo", action="store_true", help="do not make the demo world on an empty bank")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes of each service that may have several"
    )
    parser.add_argument("--reload", action="store_true", help="start a service again when its code changes")
    options = parser.parse_args(arguments)
    if options.workers < 1:
        parser.error("--workers must be 1 or more")
    return options


def chosen_services(options: argparse.Namespace) -> list[Service]:
    """What the command line leaves to be started."""
    return [service for service in SERVICES if not getattr(options, f"no_{service.flag}")]


def environment_for(service: Service, data: Path, workers: int) -> dict[str, str]:
    """The environment of one service's process: ours, with where its data and logs are."""
    environment = {**os.environ, "BANK_DATA_DIR": str(data), "BANK_LOG_DIR": str(log_folder(data))}
    if workers > 1 and not why_one_process(service):
        environment.setdefault(f"{service.env_prefix}_WORKERS", str(workers))
    return environment


def said_of_workers(services: Sequence[Service], workers: int) -> list[str]:
    """What becomes of `--workers`, and why, a sentence each; nothing when there is one process of each anyway."""
    if workers == 1:
        return []
    several = [service.name for service in services if not why_one_process(service)]
    said = [f"{workers} processes each: {', '.join(several)}"] if several else []
    said += [reason for service in services if (reason := why_one_process(service))]
    if not os.environ.get("REDIS_URL") and {service.name for service in COUNTING} & set(several):
        said.append("without REDIS_URL each process counts rate limits alone, so together they allow more")
    return said


def log_folder(data: Path) -> Path:
    """`BANK_LOG_DIR`, else a folder of the data directory."""
    return Path(os.environ.get("BANK_LOG_DIR") or data / "logs").resolve()


def make_log_folder(data: Path) -> None:
    """The folder of log files, if it is not there. Raises MissingSettingError where it cannot be made."""
    folder = log_folder(data)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"BANK_LOG_DIR is {str(folder)!r}, which cannot be made: {error.strerror}"
        raise MissingSettingError(message) from None


class Bank:
    """The processes of one run, and the one thread that looks after their logs and `run.json`."""

    def __init__(self, services: Sequence[Service], data: Path, screen: Screen, *, workers: int, reload: bool) -> None:
        self.services = services
        self.stop = threading.Event()
        self._data = data
        self._screen = screen
        self._logs = LogRotation(log_folder(data), log_days())
        self._is_ready = False
        self._writing = threading.Lock()
        self._written: tuple[int | None, ...] = ()
        """What `run.json` says: making it anew twice a second would be most of what an idle orchestrator does."""
        self._supervised = [
            SupervisedService(
                service,
                environment_for(service, data, workers),
                say=screen.service_line,
                alarm=screen.alarm,
                stop=self.stop,
            )
            for service in services
        ]
        self._watch = CodeWatch(services) if reload else None
        self._housekeeper = threading.Thread(target=self._keep_house, name="housekeeper", daemon=True)

    def start(self) -> None:
        """Start every service at once."""
        for one in self._supervised:
            one.start()
        self._housekeeper.start()

    def say_ready(self) -> None:
        """Everything is up and the demo world is there: tell programs, then people."""
        self._is_ready = True
        self._write_run_file()
        self._screen.line("ready", style="bold green")

    def shut_down(self) -> None:
        """The gateway first, so that nothing new comes in; then the rest; then whatever did not end in time."""
        self.stop.set()
        deadline = time.monotonic() + GRACE_SECONDS
        gateway = [one for one in self._supervised if one.service == GATEWAY]
        others = [one for one in self._supervised if one.service != GATEWAY]
        self._stop_together(gateway, deadline)
        self._stop_together(others, max(deadline, time.monotonic() + GRACE_AFTER_GATEWAY_SECONDS))
        if self._housekeeper.ident is not None:
            self._housekeeper.join(2.0)
        run_file.remove(self._data)
        self._screen.line("stopped; nothing is left running")

    def _stop_together(self, group: Sequence[SupervisedService], deadline: float) -> None:
        asked_at = time.monotonic()
        for one in group:
            one.ask_to_stop()
        for one in group:
            if not one.has_stopped(within_seconds=deadline - time.monotonic()):
                waited = time.monotonic() - asked_at
                self._screen.alarm(one.service, f"did not stop within {waited:.0f} s and was killed")
                one.kill()
                one.has_stopped(within_seconds=2.0)

    def kill(self) -> None:
        """No grace: SIGKILL to everything, for the second Ctrl-C."""
        for one in self._supervised:
            one.kill()
        run_file.remove(self._data)

    def _write_run_file(self) -> None:
        with self._writing:
            says = (self._is_ready, *(one.pid for one in self._supervised))
            if says != self._written or not run_file.is_there(self._data):
                run_file.write(self._data, self._supervised, is_ready=self._is_ready)
                self._written = says

    def _keep_house(self) -> None:
        last = ""
        while not self.stop.wait(HOUSEKEEPING_SECONDS):
            try:
                self._keep_house_once()
                last = ""
            except Exception as error:  # noqa: BLE001 (a full disk, say: the bank runs on, and is looked after again)
                said = f"housekeeping failed: {cause_of(error)}"
                if said != last:
                    self._screen.line(said, style="bold red")
                last = said

    def _keep_house_once(self) -> None:
        self._logs.look()
        self._write_run_file()
        changed = self._watch.changed() if self._watch else []
        for one in self._supervised:
            if one.service in changed:
                one.reload()


def obey_signals(bank: Bank) -> None:
    """The first SIGTERM, SIGHUP or Ctrl-C asks everything to stop; the second ends it at once (StopSignals)."""
    signals = StopSignals()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if signals.is_impatient(number):
            bank.kill()
            os._exit(128 + number)
        bank.stop.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, on_signal)


def bring_up(bank: Bank, data: Path, screen: Screen, *, wants_demo: bool) -> None:
    """Start, wait, seed, and say what there is. Raises StopRequestedError when asked to stop meanwhile."""
    is_new_bank = not credentials.path(data).exists()
    began = time.monotonic()
    bank.start()
    wait_until_healthy(bank.services, bank.stop)
    screen.line(f"all services healthy in {time.monotonic() - began:.1f} s", style="green")
    if wants_demo:
        demo_world.seed(data, bank.services, bank.stop, screen)
    start_at = GATEWAY.default_url if GATEWAY in bank.services else None
    log_ins = credentials.log_ins(data, with_passwords=is_new_bank and screen.console.is_terminal)
    screen.summary(bank.services, log_ins, start_at=start_at, secrets=credentials.path(data))
    bank.say_ready()


def main(arguments: Sequence[str]) -> int:
    """Run until told to stop; the exit code."""
    options = parse_arguments(arguments)
    services = chosen_services(options)
    if not services:
        print("nothing to start", file=sys.stderr)  # noqa: T201
        return 2
    screen = Screen()
    try:
        check_surroundings()
        log_days()
        data = data_dir()
        keep_private(data)
        make_log_folder(data)
        held = run_file.lock(data)
        given.write(data)
        patience = PATIENCE_AFTER_KILL_SECONDS if run_file.is_there(data) else 0.0
        sentences = ports.problems(services, patience_seconds=patience)
    except (run_file.AlreadyRunningError, MissingSettingError) as error:
        sentences = [str(error)]
    if sentences:
        for sentence in sentences:
            screen.line(sentence, style="bold red")
        return 1
    service_process.start_fork_server()
    bank = Bank(services, data, screen, workers=options.workers, reload=options.reload)
    obey_signals(bank)
    for sentence in said_of_workers(services, options.workers):
        screen.line(sentence)
    with held:
        try:
            bring_up(bank, data, screen, wants_demo=not options.no_demo)
            bank.stop.wait()
        except StopRequestedError:
            pass
        finally:
            screen.line("stopping: no new requests, finishing those in flight")
            bank.shut_down()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Lets a running bank live up to now, once: `python run_simulation_job.py`, for cron and systemd (docs/simulator.md).

It asks the bank as its administrator: the log-in is `BANK_ADMIN_USERNAME` and `BANK_ADMIN_PASSWORD`, else what
`credentials.json` in `BANK_DATA_DIR` says. The bank's address is `SANDBANK_URL`, else that of this machine's bank.
"""

import argparse
import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from orchestrator import credentials
from sandbank import Answer, BankError, Client, NotLoggedInError, OutcomeUnknownError, UnavailableError
from sandbank.simulator import followed, is_finished
from sandbank.types import Job
from shared.services import GATEWAY
from shared.settings import MissingSettingError, data_dir

DONE, REFUSED, NOT_LOGGED_IN, AWAY, UNKNOWN, ALREADY_RUNNING = 0, 1, 3, 4, 5, 6
"""Exit codes, the first five as those of the `sandbank` command; 2 is wrong usage."""
POLL_SECONDS = 0.5
AWAY_SECONDS = 60.0
"""How long the bank may be away while the job is followed, as it is when it starts again."""
_EPILOG = """exit codes: 0 done; 1 the bank said no, or the job failed or was stopped; 2 wrong usage; 3 no log-in;
4 the bank is away; 5 no end within --timeout, or no clear answer: the job may go on; 6 another run is under way"""


class AlreadyRunningError(Exception):
    """Another run of this program has the lock."""


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Let the people of a running bank live up to now, or for a day where its clock stands still.",
        epilog=_EPILOG,
    )
    span = parser.add_mutually_exclusive_group()
    span.add_argument("--days", type=int, metavar="N", help="by so many days instead, from where they have lived to")
    span.add_argument("--hours", type=int, metavar="N", help="by so many hours instead")
    parser.add_argument("--url", default=os.environ.get("SANDBANK_URL"), help="the bank's address")
    parser.add_argument(
        "--timeout", type=float, default=3600.0, metavar="SECONDS", help="how long to wait for the end (3600)"
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing unless something is wrong")
    options = parser.parse_args(arguments)
    for name in ("days", "hours"):
        if getattr(options, name) is not None and getattr(options, name) < 1:
            parser.error(f"--{name} must be 1 or more")
    if options.timeout <= 0:
        parser.error("--timeout must be more than 0")
    return options


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """No other run works on this data directory inside this block; the lock goes with the process, however it ends.

    Raises AlreadyRunningError, and OSError where the directory is none of ours.
    """
    with (data / "run_simulation_job.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError from None
        yield


def begin(bank: Client, options: argparse.Namespace) -> Answer[Job]:
    """Ask for the job: until now, or a day of a bank whose clock stands still. Raises BankError."""
    if options.days or options.hours:
        return bank.simulator.advance(days=options.days, hours=options.hours)
    clock = bank.transactions.clock().data
    if not clock["running"]:
        return bank.simulator.advance(days=1)
    return bank.simulator.advance(to=clock["bank_time"])


def follow(bank: Client, begun: Answer[Job], timeout_seconds: float, say: Callable[[str], None]) -> Job:
    """The job once it is over. Raises OutcomeUnknownError when that takes too long, and BankError."""
    began = time.monotonic()
    job, stage = begun.data, ""
    for answer in followed(bank.simulator, begun, look_seconds=POLL_SECONDS, away_seconds=AWAY_SECONDS):
        job = answer.data
        if is_finished(job):
            break
        if job["stage"] != stage:
            stage = job["stage"]
            say(f"{stage}: {job['posted']:,} posted, {job['refused']:,} refused, bank time {job['bank_time']}")
        if time.monotonic() - began > timeout_seconds:
            message = f"The job did not end within {timeout_seconds:g} s and goes on: {job['id']}"
            raise OutcomeUnknownError(message, code="DEADLINE_EXCEEDED")
    return job


def run(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Log in, let the bank live, log out; the exit code. Raises BankError."""
    log_in = credentials.admin(data_dir())
    if log_in is None:
        message = "Nobody to log in as: set BANK_ADMIN_USERNAME and BANK_ADMIN_PASSWORD, or BANK_DATA_DIR."
        raise NotLoggedInError(message, code="UNAUTHENTICATED")
    bank = Client(options.url or GATEWAY.default_url)
    bank.log_in(log_in["username"], log_in["password"])
    try:
        done = follow(bank, begin(bank, options), options.timeout, say)
    finally:
        with suppress(BankError):  # what came of the job is the answer; the session ends by itself
            bank.log_out()
    if done["status"] != "succeeded":
        came = "was cancelled" if done["status"] == "cancelled" else done["status"]
        print(f"The job {came}: {done['error'] or done['id']}", file=sys.stderr)  # noqa: T201
        return REFUSED
    say(f"done: {done['posted']:,} posted, {done['refused']:,} refused, lived until {done['bank_time']}")
    return DONE


def exit_code_of(error: BankError) -> int:
    """Which exit code tells this."""
    known = ((NotLoggedInError, NOT_LOGGED_IN), (UnavailableError, AWAY), (OutcomeUnknownError, UNKNOWN))
    return next((code for kind, code in known if isinstance(error, kind)), REFUSED)


def main(arguments: Sequence[str]) -> int:
    """Run once; the exit code."""
    options = parse_arguments(arguments)
    say: Callable[[str], None] = (lambda _: None) if options.quiet else print
    try:
        with alone(data_dir()):
            return run(options, say)
    except AlreadyRunningError:
        sentence, code = "Another run is under way; this one does nothing.", ALREADY_RUNNING
    except BankError as error:
        sentence, code = f"{error.message} [{error.code}]", exit_code_of(error)
    except (MissingSettingError, ValueError, OSError) as error:
        sentence, code = str(error), 2
    print(sentence, file=sys.stderr)  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

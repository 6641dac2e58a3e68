"""What the dashboard shows at one moment, read from the bank. A part that is away leaves its own figures out."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from cli import output
from sandbank import Answer, BankError, Client, NotLoggedInError
from sandbank.reports import Report
from sandbank.types import Job, SimulatorStatus, Transaction, World

T = TypeVar("T")

RECENT = 50
_MEASURED_SECONDS = 5


@dataclass(frozen=True)
class Snapshot:
    """`status` is the simulator's, `system` the report on the whole bank, `recent` the newest transactions."""

    status: SimulatorStatus | None
    system: Report | None
    recent: list[Transaction] | None
    problem: str | None = None

    @property
    def job(self) -> Job | None:
        """The job under way."""
        return self.status["job"] if self.status else None

    @property
    def world(self) -> World | None:
        """The world that lives here."""
        return self.status["world"] if self.status else None


def look(bank: Client) -> Snapshot:
    """Read everything once. Raises NotLoggedInError; whatever else goes wrong is told in `problem`."""
    problems: list[str] = []
    status = _part(bank.simulator.status, problems)
    system = _part(bank.reports.system, problems)
    recent = _part(lambda: bank.transactions.list_all(limit=RECENT), problems)
    return Snapshot(status=status, system=system, recent=recent, problem=problems[0] if problems else None)


def _part(ask: Callable[[], Answer[T]], problems: list[str]) -> T | None:
    try:
        return ask().data
    except NotLoggedInError:
        raise
    except BankError as error:
        problems.append(error.message)
        return None


@dataclass
class Pace:
    """Transactions a second, measured over the last few seconds of looking."""

    seen: deque[tuple[float, int]] = field(default_factory=deque)

    def per_second(self, at_seconds: float, transactions: int) -> int:
        """Take in how many there are now; how many came a second lately."""
        if self.seen and transactions < self.seen[-1][1]:  # the bank was emptied
            self.seen.clear()
        self.seen.append((at_seconds, transactions))
        while self.seen[0][0] < at_seconds - _MEASURED_SECONDS and len(self.seen) > 2:
            self.seen.popleft()
        since, before = self.seen[0]
        return round((transactions - before) / (at_seconds - since)) if at_seconds > since else 0


def figures(snapshot: Snapshot) -> list[tuple[str, str | None]]:
    """The statistics in the order they are shown: a name, and its text; None while it is not known."""
    status, system, world = snapshot.status, snapshot.system, snapshot.world
    live = status["live"] if status else None
    return [
        ("bank time", moment(status["bank_time"]) if status and status["bank_time"] else None),
        ("people", f"{system['users']['total']:,}" if system else None),
        ("accounts", f"{sum(row['accounts'] for row in system['accounts']):,}" if system else None),
        ("posted", f"{system['as_of_position']:,}" if system else None),
        ("refused", f"{world['refused']:,}" if world else None),
        ("living", None if live is None else f"{live['speed']:,} s/s" if live["running"] else "no"),
    ]


def totals(snapshot: Snapshot) -> list[tuple[str, str]]:
    """What customers hold: a currency, and the sum of its accounts."""
    rows = snapshot.system["balances"] if snapshot.system else []
    return [(row["currency"], output.money(row["customers"])) for row in rows]


def moment(wire: str) -> str:
    """A time of the API as people read it: `2026-11-20 15:04`."""
    return wire.replace("T", " ")[:16]


def recent_row(transaction: Transaction) -> tuple[str, str, str]:
    """When, how much, and what it was: its description, or its type and the other side."""
    other = transaction["counterparty"]
    kind = transaction["type"].replace("_", " ")
    what = transaction["description"] or (f"{kind}, {other['name']}" if other else kind)
    amount = output.money(transaction["amount"], transaction["currency"])
    return moment(transaction["effective_at"])[5:], amount, what


def job_line(job: Job) -> str:
    """One line about a job under way."""
    doing = {"waiting": "waiting", "people": "adding people", "accounts": "opening accounts", "living": "living"}
    stage = "stopping" if job["cancelling"] else doing.get(job["stage"], job["stage"])
    counted = f"{job['posted']:,} posted · {job['refused']:,} refused · {round(job['transactions_per_second']):,}/s"
    return f"{stage} · {counted}" + (f" · {moment(job['bank_time'])}" if job["bank_time"] else "")

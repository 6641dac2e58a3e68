"""The dashboard's full screen: statistics and the newest transactions, fresh every second, and what can be done."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import DataTable, Footer, Label, ProgressBar, Sparkline, Static

from cli.client import BankClient
from cli.dashboard.card_form import CARD
from cli.dashboard.form_screen import FormScreen
from cli.dashboard.forms import ACCOUNT, ADVANCE, LIVE, TRANSACTION, USER, WORLD, Done, Form
from cli.dashboard.log_ins import LogInsScreen
from cli.dashboard.reset_form import RESET
from cli.dashboard.snapshot import Pace, Snapshot, figures, job_line, look, recent_row, totals
from cli.errors import exit_code_of
from sandbank import BankError, NotLoggedInError
from sandbank.simulator import is_finished
from sandbank.types import Job, Transaction

LOOK_SECONDS = 1.0
JOB_SECONDS = 0.3
_PACES_SHOWN = 60
_UNKNOWN = "-"
_FORMS = {
    "world": WORLD,
    "advance": ADVANCE,
    "live": LIVE,
    "user": USER,
    "account": ACCOUNT,
    "transaction": TRANSACTION,
    "card": CARD,
    "reset": RESET,
}


class Dashboard(App[None]):
    """`bank()` gives a client of its own to each of the threads that ask it."""

    TITLE = "Sandbank"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #title { height: 1; background: $primary; color: $text; padding: 0 1; }
    #main { height: 1fr; }
    #left { width: 29; padding: 0 1; border-right: solid $surface-lighten-2; }
    #left .heading, #right .heading { text-style: bold; margin-top: 1; }
    #left .heading:first-of-type { margin-top: 0; }
    #pace { height: 2; }
    #right { padding: 0 0 0 1; }
    #right .heading { margin-top: 0; }
    #recent { height: 1fr; overflow-x: hidden; }
    #job { height: 1; padding: 0 1; display: none; }
    #job.shown { display: block; }
    #job ProgressBar { width: 30; }
    #said { height: auto; max-height: 3; padding: 0 1; }
    #said.problem { color: $text-error; }
    """
    BINDINGS = [  # noqa: RUF012 (Textual's own convention)
        Binding("n", "fill_in('world')", "World"),
        Binding("a", "fill_in('advance')", "Advance"),
        Binding("l", "fill_in('live')", "Live"),
        Binding("u", "fill_in('user')", "User"),
        Binding("o", "fill_in('account')", "Account"),
        Binding("t", "fill_in('transaction')", "Money"),
        Binding("c", "fill_in('card')", "Card"),
        Binding("s", "stop_job", "Stop"),
        Binding("r", "fill_in('reset')", "Reset"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, bank: Callable[[], BankClient]) -> None:
        super().__init__()
        self._bank = bank
        self._pace = Pace()
        self._paces: deque[int] = deque([0], maxlen=_PACES_SHOWN)
        self._followed: set[str] = set()
        self._shown_job: str | None = None
        self.ended_by: BankError | None = None

    def compose(self) -> ComposeResult:
        yield Static(self._bank().url, id="title", markup=False)
        with Horizontal(id="main"):
            with Vertical(id="left"):
                yield Label("The bank", classes="heading")
                yield Static("reading ...", id="figures", markup=False)
                yield Label("Customers hold", classes="heading")
                yield Static("", id="totals", markup=False)
                yield Label("Posted a second", id="pace-heading", classes="heading")
                yield Sparkline([0], id="pace")
            with Vertical(id="right"):
                yield Label("Newest transactions", classes="heading")
                yield DataTable[str | Text](id="recent", show_cursor=False, zebra_stripes=True)
        with Horizontal(id="job"):
            yield ProgressBar(total=100, show_eta=False)
            yield Label("", id="job-line", markup=False)
        yield Label("", id="said", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Begin to look."""
        self.query_one("#recent", DataTable).add_columns("when", "amount", "what")
        self.run_worker(self._watch(), group="watch", exclusive=True)

    def action_fill_in(self, name: str) -> None:
        """Open a form."""
        form: Form = _FORMS[name]
        self.push_screen(FormScreen(form, self._bank), self._after_form)

    def action_stop_job(self) -> None:
        """Have the job that is shown stop after its present step."""
        self.run_worker(self._stop_job(), group="stop", exclusive=True)

    async def _stop_job(self) -> None:
        if self._shown_job is None:
            self._say("No job is in progress.")
            return
        try:
            stopped = (await asyncio.to_thread(self._bank().simulator.cancel_job, self._shown_job)).data
        except NotLoggedInError as error:
            self.end(error)
        except BankError as error:
            self._say(error.message, is_problem=True)
        else:
            self._say("The job is stopped." if stopped["status"] == "cancelled" else "The job stops after this step.")

    def end(self, error: BankError) -> None:
        """Leave the dashboard because of this error."""
        self.ended_by = error
        self.exit(return_code=exit_code_of(error))

    def _after_form(self, done: Done | NotLoggedInError | None) -> None:
        if done is None:
            return
        if isinstance(done, NotLoggedInError):
            self.end(done)
            return
        self._say(done.sentence)
        if done.job is not None:
            self._follow(done.job)

    async def _watch(self) -> None:
        bank = self._bank()
        while self.is_running:
            try:
                snapshot = await asyncio.to_thread(look, bank)
            except NotLoggedInError as error:
                self.end(error)
                return
            if not self.is_running:  # closed in the meantime: there is nothing left to show it on
                return
            self._show(snapshot)
            if snapshot.job is not None:
                self._follow(snapshot.job)
            await asyncio.sleep(LOOK_SECONDS)

    def _show(self, snapshot: Snapshot) -> None:
        pairs = [(name, text or _UNKNOWN) for name, text in figures(snapshot)]
        self.query_one("#figures", Static).update("\n".join(f"{name:<10}{text:>16}" for name, text in pairs))
        held = [f"{currency:<5}{text:>21}" for currency, text in totals(snapshot)]
        self.query_one("#totals", Static).update("\n".join(held) or _UNKNOWN)
        if snapshot.system is not None:
            self._paces.append(self._pace.per_second(time.monotonic(), snapshot.system["as_of_position"]))
        self.query_one("#pace-heading", Label).update(f"Posted a second{self._paces[-1]:>11,}")
        self.query_one("#pace", Sparkline).data = list(self._paces)
        if snapshot.recent is not None:
            self._show_recent(snapshot.recent)
        self._say_away(snapshot.problem)

    def _show_recent(self, recent: list[Transaction]) -> None:
        table = self.query_one("#recent", DataTable)
        scrolled = table.scroll_y
        table.clear()
        for when, amount, what in map(recent_row, recent):
            table.add_row(when, Text(amount, justify="right"), Text(what))
        table.scroll_to(y=scrolled, animate=False)

    def _say_away(self, problem: str | None) -> None:
        """Say what part of the bank is away for as long as it is."""
        said = self.query_one("#said", Label)
        if problem is not None:
            self._say(problem, is_problem=True)
        elif said.has_class("away"):
            self._say("")
        said.set_class(problem is not None, "away")

    def _follow(self, job: Job) -> None:
        """Show a job until it ends. One at a time: a job that waits its turn is seen when it has come."""
        if job["id"] not in self._followed and not self.query_one("#job").has_class("shown"):
            self._followed.add(job["id"])
            self._shown_job = job["id"]
            self.query_one("#job").add_class("shown")
            self.run_worker(self._follow_to_the_end(job), group="job")

    async def _follow_to_the_end(self, job: Job) -> None:
        bank = self._bank()
        while not is_finished(job) and self.is_running:
            self.query_one(ProgressBar).update(progress=round(job["progress"] * 100))
            self.query_one("#job-line", Label).update(f" {job_line(job)}")
            await asyncio.sleep(JOB_SECONDS)
            try:
                job = (await asyncio.to_thread(bank.simulator.job, job["id"])).data
            except NotLoggedInError as error:
                self.end(error)
                return
            except BankError as error:
                if self.is_running:
                    self._say(error.message, is_problem=True)
        if not self.is_running:
            return
        self._shown_job = None
        self.query_one("#job").remove_class("shown")
        if job["status"] == "failed":
            self._say(f"The job failed: {job['error'] or 'the simulator says no more'}", is_problem=True)
            return
        done = "Stopped" if job["status"] == "cancelled" else "Done"
        self._say(f"{done}: {job['posted']:,} posted, {job['refused']:,} refused.")
        if job["log_ins"]:
            self.push_screen(LogInsScreen(job["log_ins"]))

    def _say(self, sentence: str, *, is_problem: bool = False) -> None:
        said = self.query_one("#said", Label)
        said.update(sentence)
        said.set_class(is_problem, "problem")

"""The dashboard on a terminal of 80 by 24, driven by its keys, with a bank whose answers are written down."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Label, ProgressBar, Select

from cli.dashboard.app import LOOK_SECONDS, Dashboard
from cli.dashboard.form_screen import FormScreen
from cli.dashboard.log_ins import LogInsScreen
from cli.errors import NOT_LOGGED_IN
from tests.architecture.sources import ROOT
from tests.scripted_bank import ScriptedBank, away, ended, job, refused, silence, status, transaction

ID = "0190a8c0-0000-7000-8000-00000000000a"
JOB_PATH = f"GET /api/simulator/jobs/{job()['id']}"


def drive(bank: ScriptedBank, steps: Callable[[Dashboard, "Pilot[None]"], Awaitable[None]]) -> Dashboard:
    """Run the steps against the dashboard; its state when they are done."""

    async def run() -> Dashboard:
        app = Dashboard(bank.client)  # type: ignore[arg-type]
        async with app.run_test(size=(80, 24)) as pilot:
            await until(
                pilot,
                lambda: all(text in screen_text(app) for text in ("bank time 2026", "USD  ", "Groceries 0", "Quit")),
            )
            await steps(app, pilot)
        return app

    return asyncio.run(run())


async def until(pilot: "Pilot[None]", is_so: Callable[[], bool]) -> None:
    for _ in range(100):
        if is_so():
            return
        await pilot.pause(0.05)
    pytest.fail(f"waited in vain; the screen says\n{screen_text(pilot.app)}")


def screen_text(app: Dashboard | object) -> str:
    strips = app.screen._compositor.render_strips()  # type: ignore[attr-defined]
    return "\n".join(strip.text for strip in strips)


async def fill(app: Dashboard, **values: str) -> None:
    for name, value in values.items():
        control = app.screen.query_one(f"#{name}")
        assert isinstance(control, Input | Select)
        control.value = value
        control.focus()


def test_everything_at_a_glance_fits_a_small_terminal() -> None:
    async def steps(app: Dashboard, _pilot: "Pilot[None]") -> None:
        text = screen_text(app)
        lines = text.splitlines()
        assert (len(lines), {len(line) for line in lines}) == (24, {80})
        for shown in ("1,234", "1,017", "12,345", "321", "1,234,567.89", "2026-11-20 15:04", "Groceries 0"):
            assert shown in text
        keys = "n World a Advance l Live u User o Account t Money c Card s Stop r Reset q Quit"
        assert " ".join(lines[-1].split()) == keys

    drive(ScriptedBank(), steps)


@pytest.mark.parametrize("key", ["n", "a", "l", "u", "o", "t"])
def test_every_form_fits_a_small_terminal_with_all_its_problems_shown(key: str) -> None:
    async def steps(app: Dashboard, pilot: "Pilot[None]") -> None:
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, FormScreen))
        form = app.screen.query_one("#form")
        for control in app.screen.query(Input):
            control.value = "?"
        await pilot.press("enter")
        await pilot.pause()
        assert form.region.bottom <= 24
        assert form.max_scroll_y == 0
        assert app.screen.query_one("#send").region.bottom <= 24

    drive(ScriptedBank(), steps)


def test_a_world_is_made_with_progress_and_its_log_ins_are_shown() -> None:
    bank = ScriptedBank()
    bank.answers["POST /api/simulator/worlds"] = {"data": job(status="queued", stage="waiting", progress=0.0)}
    bank.answers[JOB_PATH] = {"data": job()}

    async def steps(app: Dashboard, pilot: "Pilot[None]") -> None:
        await pilot.press("n")
        await fill(app, customers="5", days="3", seed="7")
        await pilot.press("enter")
        await until(pilot, lambda: "4,200 posted" in screen_text(app))
        await until(pilot, lambda: app.query_one(ProgressBar).progress == 42)
        assert bank.sent[0][1] == {"seed": 7, "customers": 5, "days": 3, "preset": "seed"}
        people = [{"username": "maria.7", "password": "world-password"}]
        bank.answers[JOB_PATH] = {"data": job(status="succeeded", stage="done", progress=1.0, log_ins=people)}
        await until(pilot, lambda: isinstance(app.screen, LogInsScreen))
        await until(pilot, lambda: "maria.7" in screen_text(app) and "world-password" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Done: 4,200 posted, 12 refused." in screen_text(app))
        assert not app.query_one("#job").has_class("shown")
        bank.answers["GET /api/simulator/status"] = {"data": status(job=job())}  # seen a moment too late
        await pilot.pause(LOOK_SECONDS + 0.5)
        assert not app.query_one("#job").has_class("shown")

    drive(bank, steps)


def test_a_job_that_waits_its_turn_is_followed_when_it_has_come() -> None:
    bank = ScriptedBank()
    second = "0190a8c0-0000-7000-8000-00000000000c"
    bank.answers["GET /api/simulator/status"] = {"data": status(job=job())}
    bank.answers[JOB_PATH] = {"data": job()}
    bank.answers["POST /api/simulator/advance"] = {"data": job(id=second, status="queued")}
    bank.answers[f"GET /api/simulator/jobs/{second}"] = {"data": job(id=second, posted=77)}

    async def steps(app: Dashboard, pilot: "Pilot[None]") -> None:
        await until(pilot, lambda: "4,200 posted" in screen_text(app))
        await pilot.press("a")
        await pilot.press("enter")
        await until(pilot, lambda: "Letting the bank live for 1 day." in screen_text(app))
        await pilot.pause(0.5)
        assert "4,200 posted" in screen_text(app)
        bank.answers[JOB_PATH] = {"data": job(status="succeeded")}
        bank.answers["GET /api/simulator/status"] = {"data": status(job=job(id=second, posted=77))}
        await until(pilot, lambda: "77 posted" in screen_text(app))

    drive(bank, steps)


def test_a_job_that_somebody_else_began_is_followed_too() -> None:
    bank = ScriptedBank()
    bank.answers["GET /api/simulator/status"] = {"data": status(job=job())}
    bank.answers[JOB_PATH] = {"data": job()}

    async def steps(app: Dashboard, pilot: "Pilot[None]") -> None:
        await until(pilot, lambda: "4,200 posted" in screen_text(app))
        bank.answers["GET /api/simulator/status"] = {"data": status()}
        bank.answers[JOB_PATH] = {"data": job(status="failed", error="The bank stayed away.")}
        await until(pilot, lambda: "The job failed: The bank stayed away." in screen_text(app))

    drive(bank, steps)


def test_a_problem_stands_beside_its_field_and_nothing_is_sent() -> None:
    bank = ScriptedBank()

    async def steps(app: Dashboard, pilot: "Pilot[None]") -> None:
        await pilot.press("t")
        await fill(app, kind="deposit", target=ID, amount="1e3")
        await pilot.press("enter")
        await pilot.pause()
        assert str(app.screen.query_one("#problem-amount", Label).content) == "must be an amount such as 12.34"
        assert app.focused is app.screen.query_one("#amount")
        assert bank.sent == []
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, FormScreen))

    drive(bank, steps)


def test_a_refusal_is_told_in_the_form_and_what_was_typed_stays() -> None:
    bank = ScriptedBank()
    bank.answers["POST /api/transactions/withdraw"] = refused("The account has too little money available.")

    async def steps(app: Dashboard, pilot: "Pilot[None]") -> None:
        await pilot.press("t")
        await fill(app, kind="withdraw", source=ID, amount="5000")
        await pilot.press("enter")
        await until(pilot, lambda: "too little money" in screen_text(app))
        assert app.screen.query_one("#amount", Input).value == "5000"
        bank.answers["POST /api/transactions/withdraw"] = {"data": transaction(type="withdrawal", amount="50.00")}
        await fill(app, amount="50")
        await pilot.press("enter")
        await until(pilot, lambda: "Withdrawal of 50.00 EUR done" in screen_text(app))
        keys = [key for _, _, key in bank.sent]
        assert len(set(keys)) == 2

    drive(bank, steps)


def test_a_field_the_bank_refuses_is_named() -> None:
    bank = ScriptedBank()
    fields = {"password": "is on a list of common passwords"}
    bank.answers["POST /api/auth/users"] = refused("Some fields are not valid.", status=422, fields=fields)

    async def steps(app: Dashboard, pilot: "Pilot[None]") -> None:
        await pilot.press("u")
        await fill(app, username="ada", email="ada@example.test", password="password1234")
        assert "password1234" not in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: "is on a list of common passwords" in screen_text(app))

    drive(bank, steps)


def test_a_movement_with_an_unknown_outcome_is_sent_again_with_the_same_key() -> None:
    bank = ScriptedBank()
    bank.answers["POST /api/transactions/deposit"] = silence()

    async def steps(app: Dashboard, pilot: "Pilot[None]") -> None:
        await pilot.press("t")
        await fill(app, kind="deposit", target=ID, amount="5")
        await pilot.press("enter")
        await until(pilot, lambda: "nothing is done" in screen_text(app))
        bank.answers["POST /api/transactions/deposit"] = {"data": transaction(type="deposit", amount="5.00")}
        await pilot.press("enter")
        await until(pilot, lambda: "Deposit of 5.00 EUR done" in screen_text(app))
        assert len({key for _, _, key in bank.sent}) == 1

    drive(bank, steps)


def test_a_bank_that_is_away_is_said_and_the_last_figures_stay() -> None:
    bank = ScriptedBank()

    async def steps(app: Dashboard, pilot: "Pilot[None]") -> None:
        answers = dict(bank.answers)
        for name in answers:
            bank.answers[name] = away("Nothing answers at http://bank.test.")
        await until(pilot, lambda: "Nothing answers" in screen_text(app))
        assert "Groceries 0" in screen_text(app)
        bank.answers.update(answers)
        await until(pilot, lambda: "Nothing answers" not in screen_text(app))
        assert "1,234,567.89" in screen_text(app)

    drive(bank, steps)


def test_an_ended_session_closes_the_dashboard() -> None:
    bank = ScriptedBank()

    async def steps(app: Dashboard, pilot: "Pilot[None]") -> None:
        bank.answers["GET /api/simulator/status"] = ended()
        await until(pilot, lambda: app.ended_by is not None)

    app = drive(bank, steps)
    assert app.return_code == NOT_LOGGED_IN


def test_no_other_command_pays_for_libraries_of_the_dashboard_and_of_services() -> None:
    """Textual takes a third of a second to import, Pydantic a third of what a command takes."""
    program = "import sys, cli.main; print({'textual', 'pydantic', 'sqlalchemy', 'flask'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60, capture_output=True, text=True
    )
    assert done.stdout == "set()\n"

"""The dashboard against a bank that really runs: a world made with progress, time advanced, things made by hand."""

import asyncio
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select, Static

from cli.client import BankClient
from cli.dashboard.app import Dashboard
from cli.dashboard.form_screen import FormScreen
from cli.dashboard.log_ins import LogInsScreen
from cli.session_file import SessionFile
from sandbank import Client
from shared.services import GATEWAY
from tests.bank_processes import bank_processes

pytestmark = pytest.mark.thorough

PATIENCE_SECONDS = 90.0


class Hand:
    """Somebody at the dashboard."""

    def __init__(self, app: Dashboard, pilot: "Pilot[None]") -> None:
        self.app = app
        self.pilot = pilot

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until the screen shows it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            assert time.monotonic() < deadline, self.shown()
            await self.pilot.pause(0.1)

    async def fill_in(self, key: str, **values: str) -> None:
        """Open a form by its key, fill it in and send it; it has to close."""
        await self.pilot.press(key)
        await self.until(lambda: isinstance(self.app.screen, FormScreen))
        for name, value in values.items():
            control = self.app.screen.query_one(f"#{name}")
            assert isinstance(control, Input | Select)
            control.value = value
        await self.pilot.click("#send")
        await self.until(lambda: not isinstance(self.app.screen, FormScreen))

    def shown(self) -> str:
        """All that stands on the dashboard itself."""
        return "\n".join(str(widget.content) for widget in self.app.query(Static))

    def figure(self, name: str) -> int:
        """One of the statistics; -1 while it is not known."""
        found = re.search(rf"^{name} +([\d,]+)$", str(self.app.query_one("#figures", Static).content), re.MULTILINE)
        return int(found[1].replace(",", "")) if found else -1


async def work(hand: Hand, admin: Client) -> None:
    app = hand.app
    await hand.fill_in("n", customers="6", days="4", seed="7", preset="eurozone")
    await hand.until(lambda: isinstance(app.screen, LogInsScreen))
    await hand.pilot.press("enter")
    await hand.until(lambda: hand.figure("people") > 6 and hand.figure("posted") > 50)
    before = hand.figure("posted")
    clock_before = admin.simulator.status().data["bank_time"]
    await hand.fill_in("a", span="30", unit="hours")
    await hand.until(lambda: hand.figure("posted") > before and not app.query_one("#job").has_class("shown"))
    assert admin.simulator.status().data["bank_time"] > clock_before
    await hand.fill_in("u", username="grace", email="grace@example.test", password="plain sailing on tuesdays")
    await hand.fill_in("o", owner="grace", initial_deposit="100.00", nickname="Harbour")
    await hand.until(lambda: "Opened a checking account for grace" in hand.shown())
    await hand.fill_in("t", kind="withdraw", source="Harbour", amount="12.34", description="By hand")
    await hand.until(lambda: "Withdrawal of 12.34 EUR done" in hand.shown())
    await hand.fill_in("c", what="issue debit", of="Harbour")
    await hand.until(lambda: "Issued a debit card for grace" in hand.shown())
    (card,) = (one for one in admin.cards.list_all(limit=200).data if one["holder_name"] == "grace")
    await hand.fill_in("c", what="freeze", of=card["last4"])
    await hand.until(lambda: "is frozen" in hand.shown())
    await hand.fill_in("a", span="400", unit="days")
    await hand.until(lambda: app.query_one("#job").has_class("shown"))
    await hand.pilot.press("s")
    await hand.until(lambda: "Stopped:" in hand.shown())
    lived = admin.simulator.status().data["world"]
    assert lived is not None
    assert lived["status"] == "alive"


def test_a_world_lives_and_is_worked_on_from_the_dashboard(tmp_path: Path) -> None:
    sessions = SessionFile(tmp_path / "sessions")
    data = tmp_path / "data"
    data.mkdir()
    with bank_processes(data) as bank:
        url, who = bank.url(GATEWAY), json.loads((data / "credentials.json").read_text())["admin"]
        admin, grace = Client(url), Client(url)
        admin.log_in(who["username"], who["password"])
        BankClient(url, sessions).log_in(who["username"], who["password"])

        async def run() -> None:
            app = Dashboard(lambda: BankClient(url, sessions))
            async with app.run_test(size=(80, 24)) as pilot:
                await work(Hand(app, pilot), admin)

        asyncio.run(run())
        grace.log_in("grace", "plain sailing on tuesdays")
        (account,) = grace.accounts.list().data
        assert account["balance"] == "87.66"
        proved = admin.reports.proof(timeout_seconds=60).data
        assert (proved["holds"], proved["findings"]) == (True, [])

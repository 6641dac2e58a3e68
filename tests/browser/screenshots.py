"""The pictures of README.md, taken anew: `make screenshots` writes docs/screenshots/*.png.

A bank of its own, a world of its own: the people and their payments are the same each time, the dates are today's.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from shared.services import GATEWAY
from tests.bank_processes import ROOT, wait_until
from tests.browser.chromium import installed, launched
from tests.browser.steps import account_of, fill_in_transfer, log_in
from tests.e2e.running_bank import RunningBank

FOLDER = ROOT / "docs" / "screenshots"
WORLD = {"customers": 40, "days": 90, "seed": 7}
DESK, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 780}
MOST_BYTES = 250_000
_WORLD_SECONDS = 300.0


@dataclass(frozen=True)
class Picture:
    """A page to take: as whom (None: a visitor), how wide, in which light."""

    name: str
    path: str
    role: str | None = "customer"
    size: tuple[int, int] = (DESK["width"], DESK["height"])
    scheme: str = "light"


def pictures(account: dict[str, Any], card_id: str) -> list[Picture]:
    """All of them; the transfer's review is taken on its way, as it has no address."""
    phone = (PHONE["width"], PHONE["height"])
    return [
        Picture("front", "/", None),
        Picture("home", "/dashboard"),
        Picture("home-phone", "/dashboard", size=phone),
        Picture("activity", "/transactions"),
        Picture("activity-phone-dark", "/transactions", size=phone, scheme="dark"),
        Picture("account-dark", f"/accounts/{account['id']}", scheme="dark"),
        Picture("card", f"/cards/{card_id}"),
        Picture("customer", f"/admin/users/{account['user_id']}", "admin"),
        Picture("overview", "/admin", "admin"),
        Picture("simulator", "/admin/simulator", "admin"),
        Picture("proof", "/admin/proof", "admin"),
        Picture("accounts-phone", "/admin/accounts", "admin", size=phone),
    ]


def take_all(browser: Browser, bank: RunningBank, people: dict[str, dict[str, str]]) -> None:
    """Each page in a context of its own, without motion."""
    account = account_of(bank, people["customer"])
    card = bank.data_of("GET", "/api/cards/list", token=bank.log_in(people["customer"]))[0]
    for picture in pictures(account, card["id"]):
        page = _page(browser, bank, picture)
        if picture.role:
            log_in(page, people[picture.role])
        page.goto(picture.path, wait_until="networkidle")
        if picture.name == "proof":
            page.get_by_role("button", name="Run").click()
            page.locator(".verdict").wait_for()
        _take(page, picture.name)
    page = _page(browser, bank, Picture("", "", size=(PHONE["width"], PHONE["height"])))
    log_in(page, people["customer"])
    payee = account_of(bank, bank.credentials()["customers"][0])["account_number"]
    fill_in_transfer(page, payee, "42.50", "Dinner on Friday")
    _take(page, "review-phone")


def _page(browser: Browser, bank: RunningBank, picture: Picture) -> Page:
    width, height = picture.size
    return browser.new_page(
        base_url=bank.url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if picture.scheme == "dark" else "light",
        reduced_motion="reduce",
    )


def _take(page: Page, name: str) -> None:
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
    page.context.close()
    size = path.stat().st_size
    assert size < MOST_BYTES, f"{path.name} has {size:,} bytes, more than {MOST_BYTES:,}"
    print(f"{path.relative_to(ROOT)}  {size:,} bytes")


def make_world(bank: RunningBank) -> dict[str, dict[str, str]]:
    """Who to log in as: the administrator, and of a fresh world's first customers the one with the least money."""
    admin = bank.credentials()["admin"]
    token = bank.log_in(admin)
    log_ins = _done(bank, token, "/api/simulator/worlds", WORLD)["log_ins"]
    _done(bank, token, "/api/simulator/advance", {"days": 1})  # a picture shows the newest job: one without passwords
    wait_until(lambda: _reports_are_complete(bank, token), _WORLD_SECONDS)
    return {"admin": admin, "customer": min(log_ins, key=lambda who: float(account_of(bank, who)["balance"]))}


def _done(bank: RunningBank, token: str, path: str, payload: dict[str, int]) -> dict[str, Any]:
    """The simulator's job, when it is over."""
    job = bank.data_of("POST", path, payload, token=token)["id"]

    def is_over() -> bool:
        status = bank.data_of("GET", f"/api/simulator/jobs/{job}", token=token)["status"]
        assert status != "failed"
        return bool(status == "succeeded")

    wait_until(is_over, _WORLD_SECONDS)
    done: dict[str, Any] = bank.data_of("GET", f"/api/simulator/jobs/{job}", token=token)
    return done


def _reports_are_complete(bank: RunningBank, token: str) -> bool:
    proof = bank.data_of("GET", "/api/reports/proof", token=token)
    return bool(proof["as_of_position"] == proof["ledger_position"])


def main() -> int:
    """Start, take, stop. The exit code."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sandbank-screenshots-") as folder:
        bank = RunningBank(Path(folder))
        try:
            bank.start()
            bank.wait_until_ready()
            print(f"a bank on port {bank.ports[GATEWAY.name]}")
            with sync_playwright() as playwright, launched(playwright, installed()) as browser:
                take_all(browser, bank, make_world(bank))
        finally:
            bank.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())

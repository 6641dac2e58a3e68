"""The pages of a customer with large amounts on a small phone: nothing is cut, and nothing runs into its neighbour."""

import pytest
from playwright.sync_api import Page

from shared.identifiers import new_id
from tests.bank_processes import wait_until
from tests.browser.conftest import NewPage
from tests.browser.steps import PASSWORD, log_in
from tests.e2e.running_bank import RunningBank
from tests.thoroughness import IS_THOROUGH

pytestmark = pytest.mark.thorough

SMALL_PHONE = {"width": 360, "height": 740}
LARGEST = "999999.99"
"""The most that one payment may move: a million is the default."""
PAGES = (
    *("/dashboard", "/accounts", "/accounts/{account_id}", "/transactions", "/transactions/{transaction_id}"),
    *(
        "/reports/{report_id}",
        "/reports/transactions",
        "/insights",
        "/accounts/{account_id}/statements",
        "/transfer",
        "/reports/export",
    ),
)
WITHOUT_AMOUNTS = ("/transfer", "/reports/export", "/accounts/{account_id}/statements")
CUT_OR_COLLIDING = """() => {
  const shown = (node) => node.getClientRects().length > 0;
  const boxes = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].filter((box) => box.width > 1 && box.height > 1);
  };
  const said = (node) => node.textContent.trim().replace(/\\s+/g, " ").slice(0, 40);
  const found = [];
  const cells = [...document.querySelectorAll("main td, main th, main dt, main dd")].filter(shown);
  for (const cell of cells) {
    const cuts = getComputedStyle(cell).overflowX !== "visible";
    if (cuts && cell.scrollWidth > cell.clientWidth + 1) found.push(`cut: ${said(cell)}`);
    if (boxes(cell).some((box) => box.left < -1 || box.right > innerWidth + 1)) found.push(`outside: ${said(cell)}`);
    const next = cell.nextElementSibling;
    if (!next || !shown(next)) continue;
    const meets = boxes(cell).some((one) => boxes(next).some((other) =>
      Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1
      && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1));
    if (meets) found.push(`collide: ${said(cell)} | ${said(next)}`);
  }
  for (const frame of [...document.querySelectorAll("main .table-frame, main .framed-table")].filter(shown)) {
    if (frame.scrollWidth > frame.clientWidth + 1) found.push(`columns out of sight: ${said(frame)}`);
  }
  for (const field of [...document.querySelectorAll("input[placeholder]")].filter(shown)) {
    const style = getComputedStyle(field);
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.font = style.font;
    const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (canvas.measureText(field.placeholder).width > room + 1) found.push(`placeholder: ${field.placeholder}`);
  }
  return found;
}"""


@pytest.fixture
def rich(bank: RunningBank, new_page: NewPage) -> tuple[Page, dict[str, str]]:
    """Somebody who moves the largest amounts to and fro, on a small phone; their ids."""
    name = f"rich.{new_id()[-6:]}"
    person = {"username": name, "email": f"{name}@example.org", "password": PASSWORD, "full_name": "Maximiliane Rich"}
    bank.data_of("POST", "/api/auth/register", person)
    token = bank.log_in(person)
    first, second = (
        bank.data_of(
            "POST",
            "/api/accounts/create",
            {"account_type": kind, "initial_deposit": LARGEST, "nickname": kind},
            token=token,
        )["id"]
        for kind in ("checking", "savings")
    )
    move = {"amount": LARGEST, "description": "The proceeds of a house", "category": "household"}
    sides = {"from_account_id": first, "to_account_id": second}
    moved = bank.data_of("POST", "/api/transactions/transfer", {**move, **sides}, token=token)
    for kind in ("deposit", "withdraw"):
        bank.data_of("POST", f"/api/transactions/{kind}", {**move, "account_id": first}, token=token)
    wait_until(lambda: bank.data_of("GET", "/api/reports/transactions?type=withdrawal", token=token)["currencies"], 60)
    page = new_page(viewport=SMALL_PHONE)
    log_in(page, person)
    report = bank.data_of("GET", f"/api/reports/account/{first}", token=token)
    return page, {"account_id": first, "transaction_id": moved["id"], "report_id": report["id"]}


def test_six_digits_are_neither_cut_nor_run_into_their_neighbours(rich: tuple[Page, dict[str, str]]) -> None:
    page, ids = rich
    problems = {}
    for path in PAGES:
        page.goto(path.format(**ids))
        page.evaluate("document.querySelectorAll('main details').forEach((one) => one.open = true)")
        missing = [] if "999,999.9" in page.inner_text("main") or path in WITHOUT_AMOUNTS else ["no amount"]
        problems[path] = missing + page.evaluate(CUT_OR_COLLIDING)
    assert {path: found for path, found in problems.items() if found} == {}


def test_what_looks_for_them_finds_what_is_cut_collides_or_is_out_of_sight(page: Page) -> None:
    page.goto("/login")
    page.evaluate(
        """() => document.querySelector("main").insertAdjacentHTML("beforeend", `
          <div class="table-frame"><table><tr><td>${"wide ".repeat(80).replaceAll(" ", "_")}</td></tr></table></div>
          <dl><dt class="cut">${"x".repeat(999)}</dt></dl>
          <dl><dt class="over">123456.78</dt><dd class="over">876543.21</dd></dl>
          <input placeholder="${"y".repeat(300)}">`)"""
    )
    page.evaluate(
        """() => {
          for (const node of document.querySelectorAll(".cut")) {
            node.attributeStyleMap.set("overflow-x", "hidden");
            node.attributeStyleMap.set("white-space", "nowrap");
          }
          for (const node of document.querySelectorAll(".over")) {
            node.attributeStyleMap.set("position", "absolute");
            node.attributeStyleMap.set("left", "0px");
            node.attributeStyleMap.set("top", "0px");
          }
        }"""
    )
    kinds = {problem.partition(":")[0] for problem in page.evaluate(CUT_OR_COLLIDING)}
    assert kinds == {"cut", "collide", "outside", "columns out of sight", "placeholder"}


USABLE_MS = 1500
THROTTLED = {"rate": 4}
SLOW_NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
"""As Lighthouse has a phone: a processor four times slower, 1.6 Mbit/s and 150 ms to the bank. Measured: 0.8 s."""


@pytest.mark.skipif(not IS_THOROUGH, reason="a figure of CI's: what else the machine does would be measured too")
def test_a_report_can_be_used_within_a_second_and_a_half_on_a_slow_phone(rich: tuple[Page, dict[str, str]]) -> None:
    page, ids = rich
    devices = page.context.new_cdp_session(page)
    devices.send("Emulation.setCPUThrottlingRate", THROTTLED)
    devices.send("Network.enable")
    devices.send("Network.emulateNetworkConditions", SLOW_NETWORK)
    times = []
    for _ in range(3):
        page.goto(f"/reports/{ids['report_id']}", wait_until="commit")
        page.get_by_text("Show as a table").first.click()
        times.append(page.evaluate("performance.now()"))
    assert min(times) < USABLE_MS, times

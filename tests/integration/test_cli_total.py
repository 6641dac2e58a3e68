"""`sandbank total`: the bank's own total for administrators, the sum of one's own accounts for everybody else."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from typer.testing import CliRunner

from cli.main import app as sandbank
from cli.session_file import Session, SessionFile
from tests.live_services import serving

EUR = {
    "currency": "EUR",
    "accounts": 1_017,
    "total": "1234567.89",
    "journal_total": "1234567.89",
    "bank_total": "-1234567.89",
    "difference": "0.00",
    "matches": True,
}
WHOLE = {"as_of_position": 99, "accounts": 1_017, "batches": 2, "totals": [EUR], "matches": True, "differences": []}
EUROS, YEN = ({"account_type": "checking", "currency": currency} for currency in ("EUR", "JPY"))
CARD = {"account_type": "credit", "currency": "EUR", "balance": "-7.00"}
PAGES = {
    None: {"data": [{**EUROS, "balance": "0.10"}, {**YEN, "balance": "5"}], "next_cursor": "x"},
    "x": {"data": [{**EUROS, "balance": "0.20"}, CARD], "next_cursor": None},
}


@pytest.fixture
def report() -> dict[str, Any]:
    """What the bank says that all of it holds."""
    return dict(WHOLE)


@pytest.fixture
def address(report: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    bank = Flask("bank")

    @bank.get("/api/reports/balances/total")
    def total() -> Any:
        return {"success": True, "data": report}

    @bank.get("/api/accounts/list")
    def own() -> Any:
        return {"success": True, **PAGES[request.args.get("cursor")]}

    with serving(bank) as url:
        monkeypatch.setenv("SANDBANK_CONFIG_DIR", str(tmp_path))
        monkeypatch.setenv("SANDBANK_URL", url)
        monkeypatch.setenv("COLUMNS", "160")
        yield url


def total_as(role: str, address: str, folder: Path, *words: str) -> tuple[int, str]:
    """Exit code and output of somebody with this role who is logged in."""
    SessionFile(folder).keep(address, Session("ada", role, "access", "refresh", int(time.time()) + 600))
    done = CliRunner().invoke(sandbank, ["total", *words])
    return done.exit_code, done.output


def test_an_administrator_is_told_what_the_bank_computed(address: str, tmp_path: Path) -> None:
    code, shown = total_as("admin", address, tmp_path)
    assert code == 0
    assert "1,234,567.89" in shown
    assert "1017" in shown
    code, shown = total_as("admin", address, tmp_path, "--json")
    assert json.loads(shown)["data"] == {"scope": "bank", **WHOLE}


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_total_that_is_not_the_journals_fails(
    address: str, report: dict[str, Any], tmp_path: Path, words: tuple[str, ...]
) -> None:
    report.update(matches=False, totals=[{**EUR, "journal_total": "0.00", "matches": False}])
    code, shown = total_as("admin", address, tmp_path, *words)
    assert code == 1
    assert words or "sandbank proof" in shown


@pytest.mark.parametrize("role", ["customer", "employee"])
def test_everybody_else_is_told_the_exact_sum_of_all_their_own_accounts(
    address: str, tmp_path: Path, role: str
) -> None:
    code, shown = total_as(role, address, tmp_path, "--json")
    assert code == 0
    sums = [{"currency": "EUR", "total": "0.30", "accounts": 2}, {"currency": "JPY", "total": "5", "accounts": 1}]
    owed = [{"currency": "EUR", "total": "7.00", "accounts": 1}]
    assert json.loads(shown)["data"] == {"scope": "own", "totals": sums, "owed": owed}
    debts = total_as(role, address, tmp_path)[1].partition("Owed on credit cards")[2]
    assert ("7.00" in debts, "-" in debts.replace("\u2500", "")) == (True, False)

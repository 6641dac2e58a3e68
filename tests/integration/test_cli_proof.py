"""`sandbank proof`: a table for people, the bank's words for programs, and an exit code that says whether it holds."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from typer.testing import CliRunner

from cli.main import app as sandbank
from cli.session_file import Session, SessionFile
from tests.live_services import serving

FINDING = {
    "check": "accounts equal ledger",
    "service": "account-service",
    "record": "0190a8c0-0000-7000-8000-00000000000a",
    "detail": "currency is USD, the ledger has EUR",
}


def proof(*findings: dict[str, str]) -> dict[str, Any]:
    names = ("debits equal credits", "accounts equal ledger")
    counted = {name: sum(finding["check"] == name for finding in findings) for name in names}
    return {
        "holds": not findings,
        "not_seen": [],
        "as_of_position": 12_345,
        "ledger_position": 12_345,
        "compared": {"entries": 12_345, "accounts": 84, "users": 21, "stored_reports": 0},
        "seconds": "0.123",
        "checks": [{"check": name, "holds": not count, "findings": count} for name, count in counted.items()],
        "findings": list(findings),
        "findings_count": len(findings),
    }


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What the bank answers to the proof: an administrator is logged in there."""
    given: dict[str, Any] = proof()
    bank = Flask("bank")

    def job(status: str) -> dict[str, Any]:
        result = given if status == "succeeded" else None
        return {"success": True, "data": {"id": "j", "status": status, "result": result, "error": given.get("error")}}

    @bank.post("/api/reports/proof")
    def prove() -> Any:
        return job("running"), 202

    @bank.get("/api/reports/proof/jobs/j")
    def one() -> Any:
        left = given.get("looks", 0)
        given["looks"] = left - 1
        return job("failed" if given.get("error") else "running" if left > 0 else "succeeded")

    with serving(bank) as url:
        monkeypatch.setenv("SANDBANK_CONFIG_DIR", str(tmp_path))
        monkeypatch.setenv("SANDBANK_URL", url)
        monkeypatch.setenv("COLUMNS", "160")
        session = Session("admin", "admin", "access", "refresh", int(time.time()) + 600)
        SessionFile(tmp_path).keep(url, session)
        yield given


def test_a_bank_that_holds_is_said_to_and_ends_well(answers: dict[str, Any]) -> None:
    answers.update(proof())
    done = CliRunner().invoke(sandbank, ["proof"])
    assert done.exit_code == 0
    assert "debits equal credits" in done.output
    assert "12,345 entries" in done.output
    assert "stored reports" not in done.output
    assert "The bank holds, up to position 12,345" in done.output


@pytest.mark.parametrize("columns", ["160", "50"])
def test_a_record_that_diverges_is_named_and_the_command_fails(
    answers: dict[str, Any], columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    answers.update(proof(FINDING))
    done = CliRunner().invoke(sandbank, ["proof"])
    assert done.exit_code == 1
    for part in FINDING.values():
        assert part in done.output
    assert "1 record diverges" in done.output
    assert "1 diverging" in done.output


def test_the_proof_is_waited_for_however_long_it_takes(answers: dict[str, Any]) -> None:
    answers["looks"] = 3
    assert CliRunner().invoke(sandbank, ["proof"]).exit_code == 0
    assert answers["looks"] < 0


def test_a_proof_that_could_not_be_made_is_no_proof(answers: dict[str, Any]) -> None:
    answers["error"] = "A part of the bank is away."
    done = CliRunner().invoke(sandbank, ["proof"])
    assert done.exit_code == 1
    assert "could not be made: A part of the bank is away." in done.output


def test_what_was_not_seen_is_said(answers: dict[str, Any]) -> None:
    answers.update(proof())
    answers["not_seen"] = ["simulator-service"]
    answers["checks"][1]["holds"] = None
    done = CliRunner().invoke(sandbank, ["proof"])
    assert done.exit_code == 0
    assert "not seen" in done.output
    assert "The simulator-service is away, or this bank has none" in done.output


def test_programs_get_the_banks_own_words(answers: dict[str, Any]) -> None:
    answers.update(proof(FINDING))
    done = CliRunner().invoke(sandbank, ["proof", "--json"])
    assert done.exit_code == 1
    assert json.loads(done.output)["data"] == answers


def test_a_dashboard_is_for_administrators_at_a_terminal(answers: dict[str, Any], tmp_path: Path) -> None:
    without_terminal = CliRunner().invoke(sandbank, ["dashboard"])
    assert without_terminal.exit_code == 1
    assert "needs a terminal" in without_terminal.output
    url = SessionFile(tmp_path).last_url() or ""
    SessionFile(tmp_path).keep(url, Session("ada", "customer", "access", "refresh", int(time.time()) + 600))
    as_customer = CliRunner().invoke(sandbank, ["dashboard"])
    assert as_customer.exit_code == 1
    assert "for administrators" in as_customer.output
    SessionFile(tmp_path).forget(url)
    assert CliRunner().invoke(sandbank, ["dashboard"]).exit_code == 3

"""`sandbank audit`: what was done as a table or as JSON, and an exit code that says whether the trail is whole."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from cli.main import app as sandbank
from cli.session_file import Session, SessionFile
from reporting_service.audit.trail import AuditTrail
from shared import services
from shared.storage.append_only import unguard
from tests.live_services import serving
from tests.reporting_bank import ReportingBank, reporting_bank


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReportingBank]:
    """A bank with an account that was frozen, in which an administrator is logged in."""
    with reporting_bank(tmp_path) as found, serving(found.bank.apps[services.REPORTING.package]) as url:
        ada = found.customer("1.00")
        headers = found.bank.headers("admin", user_id="0190a8c0-5f00-7a00-8000-3c1f5e9b7d42")
        path = f"/api/accounts/{ada.accounts[0]['id']}/freeze"
        done = found.bank.client(services.ACCOUNT).post(path, json={"reason": "a court order"}, headers=headers)
        assert done.status_code == 200
        found.follow()
        monkeypatch.setenv("SANDBANK_CONFIG_DIR", str(tmp_path))
        monkeypatch.setenv("SANDBANK_URL", url)
        monkeypatch.setenv("COLUMNS", "200")
        token = headers["Authorization"].removeprefix("Bearer ")
        SessionFile(tmp_path).keep(url, Session("admin", "admin", token, "refresh", int(time.time()) + 600))
        yield found


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(sandbank, ["audit", *arguments])
    return done.exit_code, done.stdout


def test_acts_are_listed_and_narrowed(bank: ReportingBank) -> None:
    code, said = run("list", "--action", "account_frozen")
    assert (code, "a court order" in said, "account_frozen" in said) == (0, True, True)
    assert run("list", "--actor", "0190a8c0-5f00-7a00-8000-3c1f5e9b7d42", "--json")[0] == 0
    body: dict[str, Any] = json.loads(run("list", "--action", "account_frozen", "--json")[1])
    assert [row["reason"] for row in body["data"]] == ["a court order"]
    assert run("list", "--action", "no_such_act")[0] == 1


def test_a_trail_that_is_whole_ends_well_and_a_broken_one_names_the_position(bank: ReportingBank) -> None:
    code, said = run("verify")
    assert (code, "The trail is whole" in said) == (0, True)
    trail: AuditTrail = bank.context.trail
    with trail.database.write() as connection:
        unguard(connection, "audit_trail")
        connection.execute(text("UPDATE audit_trail SET reason = 'none' WHERE position = 1"))
    code, said = run("verify")
    assert (code, "position 1, altered" in said) == (1, True)
    code, said = run("verify", "--json")
    assert (code, json.loads(said)["data"]["first_fault"]["position"]) == (1, 1)

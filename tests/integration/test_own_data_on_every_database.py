"""Taking one's data along and being erased, on each kind of database: the same statements everywhere."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from reporting_service.own_data import stated
from shared import services
from tests import databases, erasures
from tests.integration.test_erasure import KEPT
from tests.reporting_bank import ReportingBank, reporting_bank

pytestmark = pytest.mark.every_database


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReportingBank]:
    for service in services.BACKENDS:
        monkeypatch.setenv(f"{service.env_prefix}_DATABASE_URL", databases.url_of(tmp_path / service.package))
    monkeypatch.setattr(stated, "PDF_MONTHS", 0)
    with reporting_bank(tmp_path) as opened:
        yield opened


def test_everything_is_taken_along_and_then_forgotten(bank: ReportingBank, monkeypatch: pytest.MonkeyPatch) -> None:
    other = bank.customer("100.00")
    person = erasures.somebody(bank, other)
    monkeypatch.setattr("reporting_service.own_data.tables.PAGE", 1)
    reply = bank.bank.client(services.REPORTING).post("/api/reports/own-data", json={}, headers=person.headers)
    with zipfile.ZipFile(io.BytesIO(reply.data)) as archive:
        rows = {one["path"]: one.get("rows") for one in json.loads(archive.read("manifest.json"))["files"]}
        assert archive.testzip() is None
    filled = ("person/profile", "person/known-devices", "accounts/cards", "payments/payees", "payments/former-names")
    assert all(rows[f"{path}.json"] for path in filled), rows
    erasures.close_accounts(bank, person, other)
    bank.follow()
    reply = erasures.ask(bank, person)
    assert reply.json["data"]["status"] == "done", reply.text
    bank.follow()
    assert erasures.scars(bank.bank.databases, KEPT) == set()

"""A person's own data as an archive: what is in it, whom it is given to, and what never is."""

import csv
import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from reporting_service.models import audit_trail
from reporting_service.own_data import archive, stated
from reporting_service.own_data.tables import Table
from reporting_service.statements.formats import pdf
from shared import services
from shared.audit_enums import AuditAction
from shared.identifiers import new_id
from shared.privacy import personal_data
from shared.refusals import UNAVAILABLE, Refused
from tests.reporting_bank import PASSWORD, Customer, ReportingBank, payment, reporting_bank

HOSTILE = "=HYPERLINK(1)"
SECRET_WORDS = ("password_hash", "chain_key", "digest", "sealed", 'secret":')
Archive = dict[str, bytes]


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def ada(bank: ReportingBank) -> Customer:
    """Somebody of whom every service keeps something."""
    ada, shop = bank.customer("1000.00", "50.00"), bank.customer("10.00")
    checking, savings = ada.accounts
    bank.card(ada)
    bank.post(
        payment(checking, shop.accounts[0], "12.34", description=HOSTILE, effective_at="2026-01-05T08:00:00Z"),
        payment(checking, savings, "100.00", effective_at="2026-02-02T08:00:00Z"),
        payment(shop.accounts[0], checking, "1.00", effective_at="2026-02-03T08:00:00Z"),
    )
    ledger, inbox = bank.bank.client(services.TRANSACTION), bank.bank.client(services.NOTIFICATION)
    payee = {"name": "The shop", "account_number": shop.accounts[0]["account_number"], "reference": "-1+1"}
    assert ledger.post("/api/payees", json=payee, headers=ada.headers).status_code == 201
    hook = {"url": "https://example.org/hook", "events": ["*"]}
    assert inbox.post("/api/webhooks", json=hook, headers=ada.headers).status_code == 201
    too_much = {**payment(checking, savings, "99999.00")}
    del too_much["type"]
    assert ledger.post("/api/transactions/transfer", json=too_much, headers=ada.headers).status_code == 400
    bank.settle_in_a_world(ada)
    bank.follow()
    return ada


def ask(bank: ReportingBank, headers: dict[str, str], **body: str) -> TestResponse:
    return bank.bank.client(services.REPORTING).post("/api/reports/own-data", json=body, headers=headers)


def opened(reply: TestResponse) -> Archive:
    assert reply.status_code == 200, reply.text
    with zipfile.ZipFile(io.BytesIO(reply.data)) as found:
        assert found.testzip() is None
        return {name: found.read(name) for name in found.namelist()}


def acts(bank: ReportingBank, user_id: str) -> list[Any]:
    query = select(audit_trail).where(
        audit_trail.c.action == AuditAction.DATA_EXPORTED, audit_trail.c.subject_id == user_id
    )
    with bank.database.read() as connection:
        return list(connection.execute(query))


@pytest.fixture(scope="module")
def files(bank: ReportingBank, ada: Customer) -> Archive:
    return opened(ask(bank, ada.headers))


def table(files: Archive, path: str) -> list[dict[str, Any]]:
    """A table, after its two forms were found to say the same."""
    rows: list[dict[str, Any]] = json.loads(files[f"{path}.json"])
    cells = list(csv.DictReader(io.StringIO(files[f"{path}.csv"].decode(), newline="")))
    assert len(cells) == len(rows)
    assert all(list(cell) == list(row) for cell, row in zip(cells, rows, strict=True))
    return rows


def test_every_service_has_given_what_it_keeps(files: Archive, ada: Customer) -> None:
    tables = {path.removesuffix(".json") for path in files if path.endswith(".json") and "/" in path}
    filled = {path for path in tables if not path.startswith("statements/") and table(files, path)}
    assert filled >= {
        "accounts/accounts", "accounts/cards", "messages/notifications", "messages/webhooks", "payments/movements",
        "payments/payees", "payments/refused-attempts", "person/profile", "person/log-in-history",
        "records/audit-trail", "simulation/worlds",
    }  # fmt: skip
    (profile,) = table(files, "person/profile")
    assert profile["id"] == ada.id


def test_what_staff_had_made_of_others_is_not_theirs_to_take_along(bank: ReportingBank, ada: Customer) -> None:
    eve = bank.customer("7.00")
    as_staff = bank.bank.headers("employee", user_id=eve.id)
    bank.report(f"/account/{ada.accounts[0]['id']}", as_staff)
    bank.report(f"/account/{eve.accounts[0]['id']}", eve.headers)
    for headers in (eve.headers, as_staff):
        of_others = ada.accounts[0]["id"].encode()
        found = opened(ask(bank, headers))
        assert [row["parameters"]["account_id"] for row in table(found, "records/reports")] == [eve.accounts[0]["id"]]
        assert not any(of_others in content for content in found.values())


def test_who_of_the_staff_opened_an_account_is_not_said(files: Archive) -> None:
    assert {row["opened_by"] for row in table(files, "accounts/accounts")} <= {"owner", "bank"}


def test_movements_come_to_what_the_accounts_hold(files: Archive, ada: Customer) -> None:
    sums: Counter[str] = Counter()
    for row in table(files, "payments/movements"):
        sums[row["account_id"]] += Decimal(row["amount"])  # type: ignore[assignment]
    held = {row["id"]: Decimal(row["balance"]) for row in table(files, "payments/accounts-in-the-ledger")}
    assert sums == held
    assert set(held) == {account["id"] for account in ada.accounts}


def test_each_month_with_movements_has_its_statement(files: Archive, ada: Customer) -> None:
    folder = f"statements/{ada.accounts[0]['account_number']}"
    months = {path.rpartition("/")[2].partition(".")[0] for path in files if path.startswith(folder)}
    assert {"2026-01", "2026-02"} < months
    for month in months:
        said = json.loads(files[f"{folder}/{month}.json"])
        assert said["count"] == len(said["lines"]) > 0
        assert files[f"{folder}/{month}.pdf"].startswith(b"%PDF")


def test_checksums_are_those_of_the_files(files: Archive) -> None:
    manifest = json.loads(files["manifest.json"])
    listed = {one["path"]: one for one in manifest["files"]}
    assert set(listed) == set(files) - {"manifest.json", "SHA256SUMS"}
    for path, one in listed.items():
        assert (one["bytes"], one["sha256"]) == (len(files[path]), hashlib.sha256(files[path]).hexdigest())
    for line in files["SHA256SUMS"].decode().splitlines():
        digest, _, path = line.partition("  ")
        assert digest == hashlib.sha256(files[path]).hexdigest()
    assert manifest["left_out"] == []


def test_the_readme_names_every_table(files: Archive) -> None:
    readme = files["README.txt"].decode()
    for path in files:
        if path.endswith(".csv") and not path.startswith("statements/"):
            assert path.removesuffix(".csv") in readme


def test_no_secret_is_in_it(bank: ReportingBank, files: Archive) -> None:
    with bank.bank.databases[services.AUTH.package].read() as connection:
        hashes = connection.exec_driver_sql("SELECT password_hash FROM users").scalars().all()
    with bank.bank.databases[services.ACCOUNT.package].read() as connection:
        sealed = connection.exec_driver_sql("SELECT sealed FROM cards UNION SELECT number_digest FROM cards").scalars()
        kept = [*hashes, *sealed.all()]
    with bank.bank.databases[services.NOTIFICATION.package].read() as connection:
        kept += connection.exec_driver_sql("SELECT secret FROM webhook_endpoints").scalars().all()
    whole = b"\n".join(files.values())
    for secret in (*kept, PASSWORD):
        assert secret.encode() not in whole
    for word in SECRET_WORDS:
        assert word.encode() not in whole.replace(files["README.txt"], b"").replace(files["manifest.json"], b"")


def test_text_that_would_be_a_formula_is_made_harmless_and_amounts_stay_numbers(files: Archive) -> None:
    cells = list(csv.DictReader(io.StringIO(files["payments/movements.csv"].decode(), newline="")))
    assert "'" + HOSTILE in {cell["description"] for cell in cells}
    assert Decimal("-12.34") in {Decimal(cell["amount"]) for cell in cells}
    (payee,) = csv.DictReader(io.StringIO(files["payments/payees.csv"].decode(), newline=""))
    assert payee["reference"] == "'-1+1"


def test_others_numbers_are_masked(files: Archive, ada: Customer) -> None:
    own = {account["account_number"] for account in ada.accounts}
    seen = {row["counterparty_account"] for row in table(files, "payments/movements")} - {None}
    assert all("*" in number for number in seen - own)


def test_taking_the_data_of_somebody_is_an_act(bank: ReportingBank, ada: Customer) -> None:
    admin = bank.bank.headers("admin", user_id=new_id())
    before = len(acts(bank, ada.id))
    files = opened(ask(bank, admin, user_id=ada.id, reason="Asked for by letter"))
    assert json.loads(files["manifest.json"])["asked_by"] == "an administrator"
    *_, written = acts(bank, ada.id)
    assert len(acts(bank, ada.id)) == before + 1
    assert (written.actor_role, written.reason, written.owner_id) == ("admin", "Asked for by letter", ada.id)


def test_nobody_but_an_administrator_takes_another_persons_data(bank: ReportingBank, ada: Customer) -> None:
    before = len(acts(bank, ada.id))
    for role in ("customer", "employee"):
        reply = ask(bank, bank.bank.headers(role), user_id=ada.id, reason="curious")
        assert (reply.status_code, reply.json["error_code"]) == (403, "FORBIDDEN")
    admin = bank.bank.headers("admin")
    assert ask(bank, admin, user_id=ada.id).json["details"]["fields"] == {
        "reason": "must be given for somebody else's data"
    }
    assert ask(bank, admin, user_id=new_id(), reason="nobody").status_code == 404
    assert len(acts(bank, ada.id)) == before


def test_one_at_a_time(bank: ReportingBank, ada: Customer) -> None:
    bank.context.own_data.begin(ada.id)
    try:
        reply = ask(bank, ada.headers)
    finally:
        bank.context.own_data.end(ada.id)
    assert (reply.status_code, "Retry-After" in reply.headers) == (503, True)
    opened(ask(bank, ada.headers))


def test_some_people_take_theirs_at_once_and_who_is_one_too_many_is_told_when_to_ask_again(
    bank: ReportingBank, ada: Customer
) -> None:
    client = bank.bank.client(services.REPORTING)
    people = [ada, *(bank.customer("1.00") for _ in range(3))]
    bank.follow()
    begun = []
    for one in people[:3]:
        reply = client.post("/api/reports/own-data", json={}, headers=one.headers, buffered=False)
        assert reply.status_code == 200
        begun.append((reply, iter(reply.response), bytearray()))
    refused = ask(bank, people[3].headers)
    assert (refused.status_code, refused.json["error_code"]) == (503, "SERVICE_UNAVAILABLE")
    assert int(refused.headers["Retry-After"]) > 0
    assert client.get("/api/reports/transactions", headers=people[3].headers).status_code == 200
    waiting = list(begun)
    while waiting:  # a piece of each in turn
        for one in list(waiting):
            piece = next(one[1], None)
            if piece is None:
                waiting.remove(one)
            else:
                one[2].extend(piece)
    for reply, _, written in begun:
        reply.close()
        with zipfile.ZipFile(io.BytesIO(bytes(written))) as found:
            assert found.testzip() is None
    assert opened(ask(bank, people[3].headers))


def test_a_statement_that_cannot_be_set_in_time_is_left_out_and_the_archive_is_whole(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_busy(*_: Any, **__: Any) -> bytes:
        raise Refused(UNAVAILABLE)

    monkeypatch.setattr(stated, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(pdf, "typeset", is_busy)
    files = opened(ask(bank, ada.headers))
    left_out = {one["what"] for one in json.loads(files["manifest.json"])["left_out"]}
    stated_months = {
        path.removesuffix(".json") for path in files if path[:11] == "statements/" and path[-5:] == ".json"
    }
    assert left_out == {f"{path}.pdf" for path in stated_months}
    assert not any(path.endswith(".pdf") for path in files)


def test_whoever_stops_reading_lets_others_begin(bank: ReportingBank, ada: Customer) -> None:
    reply = bank.bank.client(services.REPORTING).post(
        "/api/reports/own-data", json={}, headers=ada.headers, buffered=False
    )
    next(iter(reply.response))
    reply.close()
    assert opened(ask(bank, ada.headers))


def test_a_service_that_a_bank_may_leave_out_is_said_to_be_left_out(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMULATOR_SERVICE_URL", "http://127.0.0.1:9")
    files = opened(ask(bank, ada.headers))
    (left_out,) = json.loads(files["manifest.json"])["left_out"]
    assert left_out["what"] == "simulation/"
    assert "Left out this time" in files["README.txt"].decode()
    monkeypatch.setenv("ACCOUNT_SERVICE_URL", "http://127.0.0.1:9")
    assert ask(bank, ada.headers).status_code == 503


@pytest.mark.parametrize("limit", [1, 2, 500])
def test_sections_give_each_row_once_however_many_at_a_time(bank: ReportingBank, ada: Customer, limit: int) -> None:
    headers = bank.bank.headers("service", user_id="reporting-service", scope=personal_data.READ_SCOPE)
    for service in services.BACKENDS:
        if service is services.REPORTING:
            continue
        client, path = bank.bank.client(service), f"/internal/people/{ada.id}/data"
        for section in client.get(path, headers=headers).json["data"]:
            whole = client.get(f"{path}/{section['name']}?limit=2000", headers=headers).json["data"]
            rows, after = [], None
            while True:
                query = {"limit": limit, **({"after": after} if after else {})}
                page = client.get(f"{path}/{section['name']}", query_string=query, headers=headers).json
                rows += page["data"]
                after = page["next"]
                if after is None:
                    break
            assert rows == whole, section["name"]
            assert all(list(row) == section["columns"] or set(row) == set(section["columns"]) for row in whole)


def test_an_archive_of_any_length_holds_a_page_of_it_at_a_time() -> None:
    def rows() -> Iterator[dict[str, Any]]:
        for number in range(50_000):
            yield {"number": number, "text": hashlib.sha256(str(number).encode()).hexdigest()}

    under_way, many = archive.Archive(), Table("many", "Many.", ("number", "text"), rows)
    held = [len(piece) for piece in archive.add_table(under_way, many)]
    held += [len(piece) for piece in under_way.end()]
    assert max(held) < 256 * 1024
    assert sum(held) > 2_500_000

"""Exports: every movement once, in every format, however many; what is booked meanwhile; whose they are."""

import csv
import errno
import io
import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from beancount.loader import load_string
from pyarrow import parquet

from reporting_service.exports import concurrency_limit, movements, writers
from reporting_service.exports.rows import COLUMNS
from reporting_service.exports.writers import FORMATS
from shared import services
from shared.identifiers import new_id
from tests.needs import program
from tests.reporting_bank import Customer, ReportingBank, payment, reporting_bank

AUTO_ACCOUNTS = 'plugin "beancount.plugins.auto_accounts"\n'


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def ada(bank: ReportingBank) -> Customer:
    """Two accounts, movements of every kind of text, one of them between the two."""
    ada, shop = bank.customer("1000.00", "50.00"), bank.customer("10.00")
    checking, savings = ada.accounts
    (source,) = shop.accounts
    texts = ("=1+1", 'say "hello"; \\ ok', "Ünal, Söhne\u2028", "| pipe", "")
    bank.post(
        *(payment(checking, source, f"{number}.05", description=text[:20].strip("\u2028"),
                  effective_at=f"2026-01-0{number}T08:00:00Z") for number, text in enumerate(texts, 1)),
        payment(checking, savings, "100.00", category="savings", effective_at="2026-02-02T08:00:00Z"),
        payment(source, checking, "9.99", category="food", effective_at="2026-02-03T08:00:00Z"),
    )  # fmt: skip
    bank.follow()
    return ada


def exported(bank: ReportingBank, who: Customer, query: str = "") -> bytes:
    reply = bank.get(f"/export{query}", who.headers)
    assert reply.status_code == 200, reply.text
    return reply.data


def rows(bank: ReportingBank, who: Customer, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported(bank, who, query).decode(), newline="")))


def balances(bank: ReportingBank, who: Customer) -> dict[str, Decimal]:
    client = bank.bank.client(services.ACCOUNT)
    listed = client.get("/api/accounts/list", headers=who.headers).json["data"]
    return {account["id"]: Decimal(account["balance"]) for account in listed}


def test_all_movements_of_all_accounts_come_to_their_balances(bank: ReportingBank, ada: Customer) -> None:
    found = rows(bank, ada)
    assert tuple(found[0]) == COLUMNS
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in found:
        sums[row["account_id"]] += Decimal(row["amount"])
        assert Decimal(row["balance"]) == sums[row["account_id"]]
    assert sums == balances(bank, ada)
    assert len(found) == len({(row["account_id"], row["transaction_id"]) for row in found}) == 10
    assert "'=1+1" in [row["description"] for row in found]


@pytest.mark.parametrize("at_once", [1, 2, 3, 1000])
def test_however_many_are_read_at_once_each_is_there_once(
    bank: ReportingBank, ada: Customer, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = rows(bank, ada)
    monkeypatch.setattr(movements, "READ_AT_ONCE", at_once)
    assert rows(bank, ada) == expected


def test_one_account_and_some_days_begin_with_what_it_held(bank: ReportingBank, ada: Customer) -> None:
    account_id = ada.accounts[0]["id"]
    found = rows(bank, ada, f"?account_id={account_id}&from=2026-01-02&to=2026-02-02")
    assert [row["amount"] for row in found] == ["-2.05", "-3.05", "-4.05", "-5.05", "-100.00"]
    assert found[0]["balance"] == "-3.10"


def test_every_format_tells_the_same(bank: ReportingBank, ada: Customer) -> None:
    by_csv = [(row["transaction_id"], Decimal(row["amount"])) for row in rows(bank, ada)]
    lines = [json.loads(line) for line in exported(bank, ada, "?format=jsonl").decode().splitlines()]
    assert [(row["transaction_id"], Decimal(row["amount"])) for row in lines] == by_csv
    assert "=1+1" in [row["description"] for row in lines], "text is as it was written"
    table = parquet.read_table(io.BytesIO(exported(bank, ada, "?format=parquet"))).to_pylist()
    assert [(row["transaction_id"], row["amount"]) for row in table] == by_csv
    sheet = openpyxl.load_workbook(io.BytesIO(exported(bank, ada, "?format=xlsx"))).active
    assert sheet is not None
    cells = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [(row[2], Decimal(str(row[7])).quantize(Decimal("0.01"))) for row in cells] == by_csv
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def test_beancount_reads_the_journal_and_finds_the_balances(bank: ReportingBank, ada: Customer) -> None:
    entries, errors, _ = load_string(AUTO_ACCOUNTS + exported(bank, ada, "?format=ledger").decode())
    assert errors == []
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        for posting in getattr(entry, "postings", ()):
            sums[posting.account] += posting.units.number
    own = {name[-6:]: amount for name, amount in sums.items() if name.startswith("Assets:Bank:")}
    assert own == {account_id[-6:]: balance for account_id, balance in balances(bank, ada).items()}
    assert sum(sums.values()) == 0
    some, errors, _ = load_string(AUTO_ACCOUNTS + exported(bank, ada, "?format=ledger&from=2026-02-01").decode())
    assert errors == []
    opening = next(entry for entry in some if getattr(entry, "narration", "") == "Opening balance")
    assert opening.postings[0].units.number == Decimal("-15.25")


def test_hledger_reads_the_journal_and_finds_the_balances(bank: ReportingBank, ada: Customer) -> None:
    found = in_hledger(exported(bank, ada, "?format=ledger"), "balance", "--flat", "Assets:Bank")
    own = {row["account"][-6:]: row["balance"] for row in found if row["account"] != "total"}
    assert own == {account_id[-6:]: f"{balance} EUR" for account_id, balance in balances(bank, ada).items()}
    said = in_hledger(exported(bank, ada, "?format=ledger"), "register", "Assets:Bank")
    assert [row["description"] for row in said][:3] == [
        '"Ada Lovelace" "=1+1"',
        '"Ada Lovelace" "say  hello    ok"',
        '"Ada Lovelace" "Ünal, Söhne"',
    ]


def in_hledger(journal: bytes, *question: str) -> list[dict[str, str]]:
    """What hledger answers, which has checked the whole journal first: its syntax, and that transactions balance."""
    read = subprocess.run([program("hledger"), "-f", "-", *question, "-O", "csv"], input=journal, capture_output=True,
                          check=False, env={"LC_ALL": "C.UTF-8"}, timeout=60)  # fmt: skip
    assert (read.returncode, read.stderr) == (0, b"")
    return list(csv.DictReader(io.StringIO(read.stdout.decode())))


def test_what_is_booked_while_it_is_written_is_in_none_of_it(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = rows(bank, ada)
    monkeypatch.setattr(movements, "READ_AT_ONCE", 2)
    account = ada.accounts[0]
    reply = bank.get("/export?format=csv", ada.headers)
    pieces = reply.response
    assert not isinstance(pieces, list)
    bank.post(payment(account, ada.accounts[1], "1.00", effective_at="2026-02-03T09:00:00Z"))
    bank.follow()
    written = list(csv.DictReader(io.StringIO(b"".join(pieces).decode(), newline="")))
    assert written == expected
    assert len(rows(bank, ada)) == len(expected) + 2


def test_an_export_of_a_bank_that_is_reset_meanwhile_breaks_off(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(movements, "READ_AT_ONCE", 1)
    monkeypatch.setattr(writers, "_AT_ONCE", 1)
    reply = bank.get("/export?format=csv", ada.headers)
    pieces = iter(reply.response)
    next(pieces)
    begun_anew = "UPDATE feed_positions SET generation = generation + 1"
    with bank.altered(services.REPORTING, begun_anew), pytest.raises(movements.JournalChangedError):
        list(pieces)


def test_more_than_a_sheet_holds_is_refused_before_anything_is_answered(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORMATS, "xlsx", replace(FORMATS["xlsx"], most=5))
    reply = bank.get("/export?format=xlsx", ada.headers)
    assert (reply.status_code, reply.json["error_code"]) == (422, "EXPORT_TOO_LONG")
    assert reply.json["details"] == {"most": 5}
    assert exported(bank, ada, "?format=xlsx&to=2026-01-01")
    assert len(rows(bank, ada)) > 5


def test_a_head_of_a_file_writes_none(bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(movements, "read", None)
    client = bank.bank.client(services.REPORTING)
    reply = client.head("/api/reports/export?format=xlsx", headers=ada.headers)
    assert (reply.status_code, reply.data) == (200, b"")


def test_a_byte_order_mark_is_there_for_who_asks(bank: ReportingBank, ada: Customer) -> None:
    assert exported(bank, ada, "?bom=1") == b"\xef\xbb\xbf" + exported(bank, ada)


def test_a_full_disk_is_told(bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(writers.xlsxwriter, "Workbook", full)
    reply = bank.get("/export?format=xlsx", ada.headers)
    assert (reply.status_code, reply.json["error_code"]) == (507, "STORAGE_FULL")


def test_one_person_has_two_exports_under_way_and_others_theirs(bank: ReportingBank, ada: Customer) -> None:
    stranger = bank.customer("1.00")
    bank.follow()
    client = bank.bank.client(services.REPORTING)
    held = [client.get("/api/reports/export", headers=ada.headers) for _ in range(concurrency_limit.MOST_OF_ONE)]
    refused = bank.get("/export", ada.headers)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, str(concurrency_limit.RETRY_AFTER_SECONDS))
    assert exported(bank, stranger)
    held[0].close()  # whoever leaves without reading makes room
    assert exported(bank, ada)
    assert held[1].data
    held[1].close()
    assert exported(bank, ada)
    assert bank.context.exports._of.total() == 0


def test_an_export_that_fails_makes_room(bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("broken")

    with monkeypatch.context() as for_a_while:
        for_a_while.setattr(writers.xlsxwriter, "Workbook", fail)
        assert [bank.get("/export?format=xlsx", ada.headers).status_code for _ in range(4)] == [500] * 4
    assert exported(bank, ada)


def test_nothing_is_a_file_with_nothing_in_it(bank: ReportingBank) -> None:
    nobody = bank.customer()
    bank.follow()
    for name in FORMATS:
        assert exported(bank, nobody, f"?format={name}") or name == "jsonl", name
    assert rows(bank, nobody) == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "movements.csv"),
        ("?format=parquet&from=2026-01-01&to=2026-01-31", "movements-from-2026-01-01-to-2026-01-31.parquet"),
        ("?format=ledger&to=2026-01-31", "movements-to-2026-01-31.journal"),
    ],
)
def test_a_file_is_named_for_what_it_is_of(bank: ReportingBank, ada: Customer, query: str, name: str) -> None:
    reply = bank.get(f"/export{query}", ada.headers)
    reply.close()
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_somebody_elses_movements_are_not_there(bank: ReportingBank, ada: Customer) -> None:
    stranger = bank.customer("1.00")
    bank.follow()
    for account_id in (ada.accounts[0]["id"], new_id(), "x", ""):
        assert bank.get(f"/export?account_id={account_id}", stranger.headers).status_code == 404
    assert {row["account_id"] for row in rows(bank, stranger)} == {stranger.accounts[0]["id"]}
    clerk = bank.bank.headers("employee")
    of_staff: Any = bank.get(f"/export?account_id={ada.accounts[0]['id']}&format=jsonl", clerk)
    seen = [json.loads(line) for line in of_staff.data.splitlines()]
    numbers = [row[name] for row in seen for name in ("account_number", "counterparty_account") if row[name]]
    assert all("*" in number for number in numbers), "also where her two accounts pay one another"
    assert len(numbers) > len(seen)
    assert bank.get("/export", {}).status_code == 401


@pytest.mark.parametrize(
    ("query", "field"),
    [("?format=exe", "format"), ("?from=x", "from"), ("?from=2026-01-02&to=2026-01-01", "to"), ("?limit=1", "limit")],
)
def test_what_cannot_be_meant_names_the_field(bank: ReportingBank, ada: Customer, query: str, field: str) -> None:
    reply = bank.get(f"/export{query}", ada.headers)
    assert reply.status_code == 422
    assert set(reply.json["details"]["fields"]) == {field}

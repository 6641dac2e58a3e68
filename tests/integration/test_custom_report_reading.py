"""How custom reports read: in pages by an index, fewer for fewer days, each of so many places whatever passes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

import pytest
from sqlalchemy import event

from reporting_service.custom import reading
from reporting_service.custom.payloads import ReportFilters
from reporting_service.custom.reading import ReportQuery
from reporting_service.custom.words import ReportScope
from shared.time.business_days import day_end_us, day_start_us
from shared.time.date_ranges import DateRange
from tests.custom_reports import ALL_DAYS, build, household
from tests.reporting_bank import Customer, ReportingBank, reporting_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def ada(bank: ReportingBank) -> Customer:
    return household(bank)


def test_pages_that_are_small_count_the_same(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, at_once = build(bank, ada.headers, dimensions=["month", "type"])
    monkeypatch.setattr(reading, "READ_AT_ONCE", 1)
    _, one_by_one = build(bank, ada.headers, dimensions=["month", "type"])
    assert at_once["currencies"] == one_by_one["currencies"]


def test_accounts_that_are_named_are_all_that_is_read_of_the_bank(bank: ReportingBank, ada: Customer) -> None:
    admin, (account, _) = bank.bank.headers("admin"), ada.accounts
    filters = {"account_ids": [account["id"]], "between_own_accounts": True, "opening_deposits": True}
    _, of_bank = build(bank, admin, scope="bank", dimensions=["month", "type"], filters=filters, **ALL_DAYS)
    _, of_ada = build(bank, ada.headers, dimensions=["month", "type"], filters=filters, **ALL_DAYS)
    assert of_bank["currencies"] == of_ada["currencies"] != []
    asked_of = asked_for(ReportScope.BANK, account_ids=[account["id"]])
    assert all("account_id=?" in plan[0] for plan in plans(bank, asked_of)), plans(bank, asked_of)


@pytest.mark.parametrize("scope", list(ReportScope))
def test_fewer_days_are_fewer_pages_and_small_ones_count_the_same(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch, scope: ReportScope
) -> None:
    who = bank.bank.headers("admin") if scope is ReportScope.BANK else ada.headers
    _, at_once = build(bank, who, scope=scope, dimensions=["month", "type"], **ALL_DAYS)
    monkeypatch.setattr(reading, "READ_AT_ONCE", 2)
    _, page_by_page = build(bank, who, scope=scope, dimensions=["month", "type"], **ALL_DAYS)
    assert page_by_page["currencies"] == at_once["currencies"]

    def pages(first: date | None, last: date | None) -> int:
        span = DateRange(first and day_start_us(first), last and day_end_us(last))
        wanted = ReportQuery(ada.id, scope, span, ReportFilters.model_validate({}))
        checked: list[None] = []
        with bank.database.read() as connection:
            beginning = reading.begin(connection, wanted)
        list(reading.read(bank.database, wanted, beginning, lambda: checked.append(None)))
        return len(checked)

    in_june, in_all = pages(date(2025, 6, 1), date(2025, 6, 30)), pages(None, None)
    assert pages(date(1999, 1, 1), date(1999, 1, 31)) <= len(ada.accounts)
    assert in_june < in_all


@pytest.mark.parametrize("scope", list(ReportScope))
def test_a_page_looks_at_so_many_places_of_an_index_however_little_passes(
    bank: ReportingBank, ada: Customer, monkeypatch: pytest.MonkeyPatch, scope: ReportScope
) -> None:
    nothing = asked_for(scope, categories=["never"], min_amount="999999")
    nothing = replace(nothing, owner_id=ada.id)
    monkeypatch.setattr(reading, "READ_AT_ONCE", 2)
    checked: list[None] = []
    with bank.database.read() as connection:
        beginning = reading.begin(connection, nothing)
    assert list(reading.read(bank.database, nothing, beginning, lambda: checked.append(None))) == []
    assert len(checked) >= 5, "what does not pass is not looked for in one query"
    index = "entries_by_time" if scope is ReportScope.BANK else "account_id=?"
    for plan in plans(bank, nothing):
        assert plan[0].startswith("SEARCH"), plan
        assert index in plan[0], plan
        assert not any(step.startswith(("SCAN", "USE TEMP B-TREE")) for step in plan), plan


def asked_for(scope: ReportScope, **filters: Any) -> ReportQuery:
    span = DateRange(day_start_us(date(2025, 1, 1)), day_end_us(date(2025, 12, 31)))
    return ReportQuery("", scope, span, ReportFilters.model_validate(filters))


def plans(bank: ReportingBank, wanted: ReportQuery) -> list[list[str]]:
    """How SQLite reads what a report asks, query by query."""
    said: list[list[str]] = []
    with bank.database.read() as connection:
        beginning = reading.begin(connection, wanted)

        def explain(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
            cursor = connection.connection.cursor()
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            said.append([row[3] for row in cursor.fetchall()])

        (page,) = islice(reading._pages(wanted, beginning), 1)
        page(connection)
        event.listen(connection, "before_cursor_execute", explain)
        page(connection)
    return said

"""Pages of published rates are read strictly: what is not as it was gives an alarm and no rate."""

from datetime import date, timedelta

import pytest

from account_service.rates import packaged
from account_service.rates.plausibility import check_exchange, check_interest
from account_service.rates.published import DayOfRates, InterestRate, PageChangedError
from account_service.rates.sources import bank_of_england, ecb_exchange, ecb_key_rates, fdic
from account_service.rates.sources.every import SOURCES
from shared.amounts.currencies import MINOR_UNIT_DIGITS, UNPUBLISHED
from tests import rate_pages
from tests.architecture.sources import ROOT
from tests.rate_pages import BANK_OF_ENGLAND, ECB_KEY_RATES, FDIC, TODAY


def test_the_rates_of_a_day_are_read_as_they_were_published() -> None:
    found = ecb_exchange.read(rate_pages.ecb_exchange("2026-10-30"))
    assert found == DayOfRates(date(2026, 10, 30), rate_pages.WORTH)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("European Central Bank", "Somebody else"),
        ("time='2026-10-30'", "time='30 October'"),
        ("time='2026-10-30'", "date='2026-10-30'"),
        ("currency='USD'", "currency='usd'"),
        ("rate='1.1172'", "rate='1,1172'"),
        ("rate='1.1172'", "rate='0.0000'"),
        ("rate='1.1172'", "rate='NaN'"),
        ("rate='1.1172'", "rate='1e9'"),
        ("rate='1.1172'", "price='1.1172'"),
        ("currency='GBP'", "currency='XBP'"),
        ("currency='GBP'", "currency='USD'"),
        ("<Cube currency='CZK' rate='24.353'/><Cube currency='DKK' rate='7.4735'/>", ""),
    ],
)
def test_a_document_of_rates_that_changed_is_an_alarm(before: str, after: str) -> None:
    page = rate_pages.ecb_exchange("2026-10-30")
    assert before in page
    with pytest.raises(PageChangedError):
        ecb_exchange.read(page.replace(before, after))


def test_two_days_in_one_document_are_an_alarm() -> None:
    page = rate_pages.ecb_exchange("2026-10-30")
    with pytest.raises(PageChangedError, match="2 days"):
        ecb_exchange.read(page.replace("</Cube></Cube>", "</Cube><Cube time='2026-10-29'/></Cube>"))


def test_the_key_rates_in_force_are_those_of_the_first_row() -> None:
    since = date(2025, 6, 11)
    assert ecb_key_rates.read(ECB_KEY_RATES) == [
        InterestRate("Deposit facility", "2.00", since),
        InterestRate("Main refinancing operations", "2.15", since),
        InterestRate("Marginal lending facility", "2.40", since),
    ]


def test_a_rate_below_zero_has_a_true_minus_on_the_page() -> None:
    rows = ECB_KEY_RATES.replace("<td>2.00</td>", "<td>\N{MINUS SIGN}0.50</td>")
    assert ecb_key_rates.read(rows)[0].rate == "-0.50"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Deposit facility", "Deposits"),
        ("<strong>2025</strong>", "<strong>This year</strong>"),
        ("<strong>2019</strong>", "<strong>2026</strong>"),
        ("<td>11 Jun.</td>", "<td>11.06.</td>"),
        ("<td>11 Jun.</td>", ""),
        ("<td>2.15</td><td>-</td>", "<td>2.15</td><td>2.20</td>"),
        ("<td>2.15</td><td>-</td>", "<td>-</td><td>-</td>"),
        ("<td>2.00</td>", "<td>two</td>"),
        ("<strong>2025</strong>", "<strong>2099</strong>"),
        ("</body>", f"{ECB_KEY_RATES}</body>"),
        (ECB_KEY_RATES, "<html><body>We are sorry, this page has moved.</body></html>"),
    ],
)
def test_a_table_of_key_rates_that_changed_is_an_alarm(before: str, after: str) -> None:
    assert before in ECB_KEY_RATES
    with pytest.raises(PageChangedError):
        ecb_key_rates.read(ECB_KEY_RATES.replace(before, after))


def test_bank_rate_is_the_newest_of_the_table() -> None:
    assert bank_of_england.read(BANK_OF_ENGLAND) == [InterestRate("Bank Rate", "4.00", date(2025, 8, 7))]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Date Changed", "Changed on"),
        ("07 Aug 25", "August"),
        ("07 Aug 25", "07 Apr 25"),
        ("<td>4.00</td>", "<td>4.00</td><td>up</td>"),
        ("<td>4.00</td>", "<td></td>"),
        ("<td>4.00</td>", "<td>400</td>"),
        ("<tbody>", "<tbody hidden></tbody></table><table>"),
    ],
)
def test_a_table_of_bank_rate_that_changed_is_an_alarm(before: str, after: str) -> None:
    assert before in BANK_OF_ENGLAND
    with pytest.raises(PageChangedError):
        bank_of_england.read(BANK_OF_ENGLAND.replace(before, after))


def test_national_rates_are_those_of_the_products_with_the_day_of_the_page() -> None:
    found = fdic.read(FDIC)
    assert [(rate.name, rate.rate) for rate in found] == [
        ("Savings", "0.39"),
        ("Interest Checking", "0.07"),
        ("Money Market", "0.58"),
        ("12 month CD", "1.63"),
    ]
    assert {rate.effective_on for rate in found} == {date(2025, 11, 17)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("National Deposit Rate", "Rate"),
        ("Deposit Products", "Products"),
        ("<td>Savings</td>", "<td>Saving accounts</td>"),
        ("updated November 17, 2025", "updated last Monday"),
        ("updated November 17, 2025", "updated November 17, 2025, effective December 1, 2025"),
        ("<td>0.39</td>", "<td>n/a</td>"),
        ("<th>Deposit Products</th>", "<th>National Deposit Rate</th><th>Deposit Products</th>"),
    ],
)
def test_a_page_of_national_rates_that_changed_is_an_alarm(before: str, after: str) -> None:
    assert before in FDIC
    with pytest.raises(PageChangedError):
        fdic.read(FDIC.replace(before, after))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
@pytest.mark.parametrize(
    "text", ["", "<", "<html>", "\0" * 100, "<table>" * 2_000, "{}", "<!DOCTYPE x [<!ENTITY a 'b'>]>&a;"]
)
def test_no_parser_makes_a_rate_of_something_else(source: object, text: str) -> None:
    with pytest.raises(PageChangedError):
        source.read(text)  # type: ignore[attr-defined]


def day(rates: dict[str, str], ago: int = 0) -> DayOfRates:
    return DayOfRates(TODAY - timedelta(days=ago), rates)


@pytest.mark.parametrize(
    ("found", "before"),
    [
        (day({"USD": "1.7"}), day({"USD": "1.1"}, 1)),
        (day({"USD": "0.7"}), day({"USD": "1.1"}, 1)),
        (day({"USD": "111.72"}), day({"USD": "1.1172"}, 1)),
        (day({"USD": "1.1"}, 2), day({"USD": "1.1"}, 1)),
        (day({"USD": "1.1"}, -2), None),
    ],
)
def test_a_rate_that_cannot_be_is_an_alarm(found: DayOfRates, before: DayOfRates | None) -> None:
    with pytest.raises(PageChangedError):
        check_exchange(found, before, TODAY)


def test_a_rate_that_moved_as_rates_do_is_believed_and_after_a_long_time_any_is() -> None:
    check_exchange(day({"USD": "1.2"}), day({"USD": "1.1", "HRK": "7.5"}, 1), TODAY)
    check_exchange(day({"TRY": "99"}), day({"TRY": "30"}, 61), TODAY)
    check_exchange(day({"USD": "1.2"}), None, TODAY)


def test_interest_that_jumps_by_more_than_five_points_is_an_alarm() -> None:
    rates = [InterestRate("Bank Rate", "40.0", TODAY)]
    check_interest(rates, {"Bank Rate": "36"})
    with pytest.raises(PageChangedError):
        check_interest(rates, {"Bank Rate": "4.00"})


def test_the_packaged_history_reaches_back_to_the_first_day_of_the_euro() -> None:
    newest, *_, first = packaged.days()
    assert newest.day > date(2025, 1, 1)
    assert len(newest.per_euro) > 25
    assert first == DayOfRates(date(1999, 1, 4), {**first.per_euro, "USD": "1.1789"})
    sunday = packaged.on(date(2020, 3, 8))
    assert sunday is not None
    assert (sunday.day, sunday.per_euro["USD"]) == (date(2020, 3, 6), "1.1336")
    assert packaged.on(date(1998, 12, 31)) is None


def test_which_currencies_have_no_rate_is_what_is_published() -> None:
    newest = next(packaged.days())
    assert set(UNPUBLISHED) == MINOR_UNIT_DIGITS.keys() - newest.per_euro.keys() - {"EUR"}
    said = (ROOT / "docs" / "currencies.md").read_text()
    assert f"Of {', '.join(UNPUBLISHED[:-1])} and {UNPUBLISHED[-1]} the European Central Bank publishes no rate" in said

"""What the command prints: exact money, and no markup from other people's texts."""

import pytest

from cli import output
from cli.records.total import totals


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("1234567.80", "1,234,567.80 EUR"),
        ("-1000", "-1,000 EUR"),
        ("0.05", "0.05 EUR"),
        ("999999999999999.99", "999,999,999,999,999.99 EUR"),
    ],
)
def test_amounts_are_grouped_and_never_rounded(amount: str, shown: str) -> None:
    assert output.money(amount, "EUR") == shown


def test_totals_are_exact_per_currency() -> None:
    balances = [("EUR", "0.10"), ("EUR", "0.20"), ("JPY", "5"), ("EUR", "-0.30"), ("USD", "999999999999999.99")]
    assert totals({"currency": currency, "balance": balance} for currency, balance in balances) == [
        {"currency": "EUR", "total": "0.00", "accounts": 3},
        {"currency": "JPY", "total": "5", "accounts": 1},
        {"currency": "USD", "total": "999999999999999.99", "accounts": 1},
    ]


def test_markup_in_a_name_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    output.table("People", ("name",), [("[red]Bob[/red]",)])
    output.facts([("name", "[bold]x")])
    shown = capsys.readouterr().out
    assert "[red]Bob[/red]" in shown
    assert "[bold]x" in shown


def test_an_empty_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    output.table("Accounts", ("name", "id"), [])
    assert "Accounts: nothing to show." in capsys.readouterr().out


def test_ids_are_left_out_of_narrow_terminals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for width, is_shown in (("80", False), ("160", True)):
        monkeypatch.setenv("COLUMNS", width)
        output.table("Accounts", ("name", "id"), [("Everyday", "0193")])
        assert ("0193" in capsys.readouterr().out) is is_shown

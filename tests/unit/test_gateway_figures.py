"""What a customer's pages compute: sums, shares, the line of a balance, the key of a form. Exact, without a float."""

from typing import Any

from gateway.web.accounts.daily_balances import daily_balances
from gateway.web.balance_totals import owed, totals
from gateway.web.dashboard.spending import SHOWN_CATEGORIES, spending
from gateway.web.idempotency import form_id, key_of
from shared.identifiers import is_id, new_id


def movement(moment: str, amount: str, direction: str, balance_after: str) -> dict[str, Any]:
    return {
        "effective_at": f"2026-11-{moment}T00:00:00Z",
        "amount": amount,
        "direction": direction,
        "balance_after": balance_after,
    }


def _holding(balance: str, currency: str = "EUR", kind: str = "checking") -> dict[str, Any]:
    return {"account_type": kind, "currency": currency, "balance": balance}


def test_balances_are_added_up_by_currency_without_losing_a_cent() -> None:
    accounts = [_holding("0.10")] * 3 + [_holding("5", "JPY"), _holding("-0.31")]
    assert totals(accounts) == {"EUR": "-0.01", "JPY": "5"}
    assert totals([]) == {}


def test_what_is_owed_on_credit_cards_is_not_mixed_into_what_there_is() -> None:
    cards = [_holding("-40.00", kind="credit"), _holding("-0.50", kind="credit"), _holding("7.00", kind="credit")]
    accounts = [_holding("100.00"), *cards, _holding("-30", "JPY", kind="credit")]
    assert (totals(accounts), owed(accounts)) == ({"EUR": "107.00"}, {"EUR": "40.50", "JPY": "30"})
    assert owed(accounts[:1]) == {}


def test_the_balance_of_a_day_is_the_one_it_ended_with_and_the_last_holds_until_now() -> None:
    movements = [
        movement("11", "50.00", "out", "50.00"),
        movement("01", "20.00", "out", "100.00"),
        movement("01", "120.00", "in", "120.00"),
    ]
    assert daily_balances(movements, "2026-11-20T12:00:00Z") == [
        {"date": "2026-11-01", "balance": "100.00"},
        {"date": "2026-11-11", "balance": "50.00"},
        {"date": "2026-11-20", "balance": "50.00"},
    ]
    assert daily_balances(movements, "2026-11-05T12:00:00Z")[-1]["date"] == "2026-11-11", "a clock that lags"


def test_nothing_is_drawn_of_nothing_or_of_a_single_day() -> None:
    assert daily_balances([], "2026-11-21T00:00:00Z") == []
    assert daily_balances([movement("01", "1.00", "in", "1.00")], "2026-11-01T22:59:59Z") == []
    assert len(daily_balances([movement("01", "1.00", "in", "1.00")], "2026-11-01T23:00:00Z")) == 2, "midnight here"


def test_spending_is_the_largest_categories_and_the_rest() -> None:
    rows = [{"category": f"c{number}", "expense": f"{number}.10"} for number in range(1, 10)]
    report = {
        "currencies": [
            {"currency": "EUR", "expense": "45.90", "by_category": [*rows, {"category": "pay", "expense": "0.00"}]},
            {"currency": "JPY", "expense": "0", "by_category": []},
        ]
    }
    (euros,) = spending(report)
    assert [share.name for share in euros.shares] == ["C9", "C8", "C7", "C6", "C5", "C4", "3 more"]
    assert len(euros.shares) == SHOWN_CATEGORIES + 1
    assert (euros.total, euros.shares[-1].amount) == ("45.90", "6.30")
    assert [share.width for share in euros.shares] == [100, 89, 78, 67, 56, 45, 69]


def test_a_tiny_share_is_still_to_be_seen() -> None:
    rows = [{"category": "rent", "expense": "9999.00"}, {"category": "gum", "expense": "0.01"}]
    (euros,) = spending({"currencies": [{"currency": "EUR", "expense": "9999.01", "by_category": rows}]})
    assert [share.width for share in euros.shares] == [100, 1]


def test_the_same_form_and_content_have_one_key_and_any_other_another() -> None:
    form, order = new_id(), {"amount": "1.00", "account_id": new_id()}
    key = key_of(form, "deposit", order)
    assert key == key_of(form, "deposit", dict(reversed(order.items())))
    others = {
        key_of(new_id(), "deposit", order),
        key_of(form, "withdraw", order),
        key_of(form, "deposit", {**order, "amount": "1.01"}),
        key_of(form, "deposit", {**order, "description": "x"}),
    }
    assert len(others) == 4
    assert key not in others


def test_a_form_keeps_its_id_and_is_given_one_for_what_is_none() -> None:
    kept = new_id()
    assert form_id(kept) == kept
    for given in (None, "", "not an id", kept.upper(), f"{kept}\n"):
        assert is_id(form_id(given))
        assert form_id(given) != given

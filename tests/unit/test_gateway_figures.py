"""What a customer's pages compute: sums, shares, the line of a balance, the key of a form. Exact, without a float."""

import re
from typing import Any

from gateway.web.accounts.balance_trend import HEIGHT, WIDTH, Point, trend
from gateway.web.balance_totals import totals
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


def test_balances_are_added_up_by_currency_without_losing_a_cent() -> None:
    accounts = [{"currency": "EUR", "balance": "0.10"}] * 3 + [
        {"currency": "JPY", "balance": "5"},
        {"currency": "EUR", "balance": "-0.31"},
    ]
    assert totals(accounts) == {"EUR": "-0.01", "JPY": "5"}
    assert totals([]) == {}


def test_the_trend_is_in_steps_from_before_the_oldest_movement_to_now() -> None:
    found = trend(
        [movement("11", "50.00", "out", "50.00"), movement("01", "100.00", "in", "100.00")], "2026-11-21T00:00:00Z"
    )
    assert found is not None
    assert found.line == f"M0 {HEIGHT} H0 V0 H{WIDTH // 2} V{HEIGHT // 2} H{WIDTH} V{HEIGHT // 2}"
    assert found.area == f"{found.line} V{HEIGHT} H0 Z"
    assert found.first == found.lowest == Point("2026-11-01T00:00:00Z", "0.00")
    assert found.highest == Point("2026-11-01T00:00:00Z", "100.00")
    assert found.last == Point("2026-11-21T00:00:00Z", "50.00")


def test_a_balance_below_zero_stays_inside_the_box() -> None:
    found = trend(
        [movement("05", "30.00", "out", "-20.00"), movement("01", "5.00", "out", "10.00")], "2026-11-09T00:00:00Z"
    )
    assert found is not None
    heights = [int(down) for down in re.findall(r"[V]?(\d+)(?= H|$)", found.line)]
    assert all(0 <= down <= HEIGHT for down in heights)
    assert found.lowest.balance == "-20.00"


def test_nothing_is_drawn_of_nothing_or_of_less_than_a_day() -> None:
    assert trend([], "2026-11-21T00:00:00Z") is None
    assert trend([movement("01", "1.00", "in", "1.00")], "2026-11-01T23:59:59Z") is None
    assert trend([movement("01", "1.00", "in", "1.00")], "2026-11-02T00:00:00Z") is not None


def test_an_account_that_always_held_nothing_is_a_flat_line() -> None:
    found = trend([movement("01", "0.00", "in", "0.00")], "2026-11-09T00:00:00Z")
    assert found is not None
    assert found.line == f"M0 0 H0 V0 H{WIDTH} V0"


def test_spending_is_the_largest_categories_and_the_rest() -> None:
    rows = [{"category": f"c{number}", "expense": f"{number}.10"} for number in range(1, 10)]
    report = {
        "currencies": [
            {"currency": "EUR", "expense": "45.90", "by_category": [*rows, {"category": "pay", "expense": "0.00"}]},
            {"currency": "JPY", "expense": "0", "by_category": []},
        ]
    }
    (euros,) = spending(report)
    assert [share.name for share in euros.shares] == ["c9", "c8", "c7", "c6", "c5", "c4", None]
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

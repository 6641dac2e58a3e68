"""What the copy of an exchange says is proved against its legs and its own rate."""

import pytest

from reporting_service.proof.exchange_check import ExchangeRow, moved, problem

MADE = ExchangeRow("EUR", 10_000, "USD", 10_945, "1.0945", "1.1", 50, 20_000)
LEGS = ((0, "EUR", -10_000), (1, "EUR", 10_000), (2, "USD", -10_945), (3, "USD", 10_945))
FORGED = [
    MADE._replace(source_currency="USD", source_minor=10_945, target_currency="EUR", target_minor=10_000),
    MADE._replace(rate="1.2"),
    MADE._replace(reference_rate="1.2"),
    MADE._replace(margin_bp=40),
    MADE._replace(rate="1.2", reference_rate="1.2", margin_bp=0),
    MADE._replace(rate_day=None),
    None,
]


def test_what_was_exchanged_fits_legs_and_rate_in_whatever_order_the_legs_are_read() -> None:
    assert problem(MADE, moved(LEGS), "transfer") is None
    assert problem(MADE, moved(LEGS[::-1]), "transfer") is None
    taken_back = MADE._replace(rate=None, reference_rate=None, margin_bp=None, rate_day=None)
    assert problem(taken_back, moved(LEGS), "reversal") is None
    assert problem(None, moved(LEGS[:2]), "transfer") is None


@pytest.mark.parametrize("forged", FORGED)
def test_what_was_swapped_or_forged_is_named(forged: ExchangeRow | None) -> None:
    assert problem(forged, moved(LEGS), "transfer") is not None


def test_a_part_of_what_was_authorized_by_card_is_bound_to_its_margin_alone() -> None:
    part = MADE._replace(target_minor=10_946)
    legs = ((0, "EUR", -10_000), (1, "EUR", 10_000), (2, "USD", -10_946), (3, "USD", 10_946))
    assert problem(part, moved(legs), "card_purchase") is None
    assert problem(part, moved(legs), "transfer") is not None
    assert problem(part._replace(margin_bp=40), moved(legs), "card_purchase") is not None


def test_an_exchange_on_an_entry_in_one_currency_is_named() -> None:
    assert problem(MADE, moved(LEGS[:2]), "transfer") is not None

"""The pure ledger: each rule on its own, and what comes before what."""

from dataclasses import replace

import pytest

from shared.amounts.money import Money
from shared.refusals import NOT_FOUND, Refusal
from transaction_service import refusals
from transaction_service.ledger.decisions import (
    MAX_BALANCE_MINOR,
    Account,
    Actor,
    Movement,
    decide,
    may_act_for,
    may_pay,
)

ADA = Account(1, "a", "ada", "Ada", "DE01", "EUR", "open", 0, 10_000, 0, 0, None, 5_000, 8_000)
BOB = Account(2, "b", "bob", "Bob", "DE02", "EUR", "open", 0, 500, 0, 0, None, 5_000, 8_000)


def pay(minor: int, source: Account | None = ADA, target: Account | None = BOB, **facts: object) -> Movement:
    return Movement(Money(minor, "EUR"), source, target, "bank:cash:EUR", **facts)  # type: ignore[arg-type]


def test_a_transfer_has_two_postings_that_sum_to_zero_and_says_the_balances_after() -> None:
    legs = decide(pay(1_234))
    assert not isinstance(legs, Refusal)
    assert [(leg.account_id, leg.amount_minor, leg.balance_after_minor) for leg in legs] == [
        ("a", -1_234, 8_766),
        ("b", 1_234, 1_734),
    ]


def test_a_deposit_comes_from_the_banks_cash() -> None:
    legs = decide(pay(100, source=None))
    assert not isinstance(legs, Refusal)
    assert [(leg.account_id, leg.amount_minor, leg.balance_after_minor) for leg in legs] == [
        ("bank:cash:EUR", -100, None),
        ("b", 100, 600),
    ]


@pytest.mark.parametrize(
    ("movement", "refusal"),
    [
        (pay(5_001), refusals.MOVEMENT_LIMIT_EXCEEDED),
        (pay(5_000, spent_today_minor=3_001), refusals.DAILY_LIMIT_EXCEEDED),
        (pay(501, source=BOB, target=ADA), refusals.INSUFFICIENT_FUNDS),
        (pay(1, target=ADA), refusals.SAME_ACCOUNT),
        (pay(1, target=replace(BOB, currency="USD")), refusals.CURRENCY_MISMATCH),
        (pay(1, source=replace(ADA, currency="USD")), refusals.CURRENCY_MISMATCH),
        (pay(1, target=replace(BOB, status="closed")), refusals.ACCOUNT_CLOSED),
        (pay(1, source=replace(ADA, status="frozen")), refusals.ACCOUNT_FROZEN),
        (pay(1, target=replace(BOB, balance_minor=MAX_BALANCE_MINOR)), refusals.BALANCE_TOO_LARGE),
        (pay(1, source=None, target=None), NOT_FOUND),
    ],
)
def test_each_rule_refuses_by_its_own_name(movement: Movement, refusal: Refusal) -> None:
    assert decide(movement) == refusal


def test_what_is_held_cannot_be_spent_and_an_overdraft_can() -> None:
    assert decide(pay(1_000, source=replace(ADA, held_minor=9_001))) == refusals.INSUFFICIENT_FUNDS
    assert not isinstance(decide(pay(1_000, source=replace(ADA, balance_minor=0, floor_minor=-1_000))), Refusal)
    assert decide(pay(1_001, source=replace(ADA, balance_minor=0, floor_minor=-1_000))) == refusals.INSUFFICIENT_FUNDS


def test_a_correction_is_not_bound_by_the_customers_limits_but_by_their_money() -> None:
    assert not isinstance(decide(pay(9_000, is_limited=False)), Refusal)
    assert decide(pay(10_001, is_limited=False)) == refusals.INSUFFICIENT_FUNDS


def test_a_forced_movement_takes_the_account_below_its_floor_and_money_may_still_come_in() -> None:
    legs = decide(pay(12_000, is_limited=False, is_forced=True))
    assert not isinstance(legs, Refusal)
    assert legs[0].balance_after_minor == -2_000
    below = replace(ADA, balance_minor=-2_000, floor_passed_at=7)
    assert decide(pay(1, source=below)) == refusals.INSUFFICIENT_FUNDS
    assert not isinstance(decide(pay(1, source=BOB, target=below)), Refusal)
    deepest = replace(ADA, balance_minor=-MAX_BALANCE_MINOR)
    assert decide(pay(1, source=deepest, is_limited=False, is_forced=True)) == refusals.INSUFFICIENT_FUNDS


def test_a_simulation_acts_for_and_pays_synthetic_customers_alone() -> None:
    simulation, synthetic = Actor("simulator", simulates=True), replace(ADA, synthetic=1)
    assert may_act_for(simulation, synthetic)
    assert not may_act_for(simulation, ADA)
    assert not may_pay(simulation, BOB)
    assert may_pay(Actor("ada"), BOB)
    assert not may_act_for(Actor("ada"), BOB)

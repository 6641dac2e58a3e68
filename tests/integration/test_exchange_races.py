"""Whoever races on a quote, one payment uses it; and whatever is exchanged at once, each currency sums to zero."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.exchanges import positions, quoted, reverse, tell_rates
from tests.ledgers import LedgerUnderTest

pytestmark = pytest.mark.every_database


def test_a_quote_used_by_many_at_once_pays_once(ledger: LedgerUnderTest, rounds: int) -> None:
    tell_rates(ledger)
    euros = ledger.open_account(deposit_minor=10**8)
    dollars = ledger.open_account(euros.owner_id, currency="USD")
    for _ in range(rounds):
        before, quote = dollars.balance_minor, quoted(euros, "EUR", "USD", "100.00")
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda _: euros.pay(dollars, "100.00", quote_id=quote["id"]), range(8)))  # noqa: B023
        assert Counter(reply.status_code for reply in replies) == {201: 1, 409: 7}
        assert {reply.json["error_code"] for reply in replies if reply.status_code == 409} == {"QUOTE_USED"}
        assert dollars.balance_minor == before + 108_33


def test_one_key_and_one_quote_at_once_is_one_payment_and_replays(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger)
    euros = ledger.open_account(deposit_minor=10**6)
    dollars = ledger.open_account(euros.owner_id, currency="USD")
    quote = quoted(euros, "EUR", "USD", "100.00")
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: euros.pay(dollars, "100.00", quote_id=quote["id"], key="k"), range(16)))
    assert {(reply.status_code, reply.data) for reply in replies} == {(201, replies[0].data)}
    assert dollars.balance_minor == 108_33


def test_exchanges_back_and_forth_at_once_keep_every_currency_at_zero(ledger: LedgerUnderTest, rounds: int) -> None:
    tell_rates(ledger)
    currencies = ("EUR", "USD", "JPY", "KWD")
    owner = ledger.open_account(deposit_minor=10**7)
    accounts = [owner] + [ledger.open_account(owner.owner_id, currency=name) for name in currencies[1:]]
    for account in accounts[1:]:
        assert account.deposit("1000").status_code == 201
    choose = random.Random(7)
    orders = [(*choose.sample(range(4), 2), str(choose.randint(1, 900))) for _ in range(rounds * 10)]

    def pay(order: tuple[int, int, str]) -> str | None:
        source, target, amount = order
        reply = accounts[source].pay(accounts[target], amount)
        assert reply.status_code in (201, 400), reply.text
        return reply.json["data"]["id"] if reply.status_code == 201 else None

    with ThreadPoolExecutor(8) as pool:
        done = [made for made in pool.map(pay, orders) if made is not None]
        assert done
        replies = list(pool.map(lambda made: reverse(ledger, made, amount=None), done[::3]))  # type: ignore[arg-type]
    assert {reply.status_code for reply in replies} <= {201, 400}
    held = positions(ledger)
    opened = {"EUR": 10**5, "USD": 10**5, "JPY": 1_000, "KWD": 10**6}
    opened["EUR"] = 10**7
    for account, name in zip(accounts, currencies, strict=True):
        assert account.balance_minor + held[name] == opened[name]

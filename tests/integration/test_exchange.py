"""Transfers between two currencies: four legs, zero in each, at the rate of the day or as it was quoted."""

from pathlib import Path

import pytest

from shared.identifiers import new_id
from tests.exchanges import ask_quote, positions, quoted, reverse, tell_rates
from tests.ledgers import Holder, LedgerUnderTest, open_ledger

pytestmark = pytest.mark.databases_in_turn


def pair(ledger: LedgerUnderTest, source: str = "EUR", target: str = "USD") -> tuple[Holder, Holder]:
    """A person's account in one currency, with a thousand on it, and another of theirs in another currency."""
    first = ledger.open_account(currency=source)
    assert first.deposit("1000").status_code == 201
    return first, ledger.open_account(first.owner_id, currency=target)


def test_money_exchanged_by_its_owner_is_an_exchange_with_four_legs_that_are_zero_in_each_currency(
    ledger: LedgerUnderTest,
) -> None:
    tell_rates(ledger)
    euros, dollars = pair(ledger)
    made = euros.pay(dollars, "100.00").json["data"]
    assert (made["type"], made["amount"], made["currency"]) == ("exchange", "100.00", "EUR")
    assert made["balance_after"] == "900.00"
    assert made["exchange"] == {
        "rate": "1.0832565",
        "reference_rate": "1.0887",
        "margin": "0.0050",
        "rates_of": "2026-01-05",
        "source_amount": "100.00",
        "source_currency": "EUR",
        "target_amount": "108.33",
        "target_currency": "USD",
    }
    assert (euros.balance_minor, dollars.balance_minor) == (900_00, 108_33)
    assert positions(ledger) == {"EUR": 100_00, "USD": -108_33}


def test_a_payment_to_somebody_else_stays_a_transfer_and_is_seen_in_each_ones_own_currency(
    ledger: LedgerUnderTest,
) -> None:
    tell_rates(ledger)
    euros, _ = pair(ledger)
    friend = ledger.open_account(currency="USD")
    made = euros.pay(friend, "100.00", description="Rent").json["data"]
    assert (made["type"], made["amount"]) == ("transfer", "100.00")
    (seen,) = ledger.call("GET", "/api/transactions/recent", headers=friend.headers).json["data"]
    assert (seen["amount"], seen["currency"], seen["direction"]) == ("108.33", "USD", "in")
    assert (seen["balance_after"], seen["exchange"]) == ("108.33", made["exchange"])
    path = f"/api/transactions/account/{friend.account_id}?min_amount=108.33&max_amount=108.33"
    assert [row["id"] for row in ledger.call("GET", path, headers=friend.headers).json["data"]] == [made["id"]]
    everyone = ledger.call("GET", "/api/transactions/all", headers=ledger.staff()).json["data"][0]
    assert (everyone["amount"], everyone["currency"], everyone["exchange"]) == ("100.00", "EUR", made["exchange"])


@pytest.mark.parametrize(
    ("source", "target", "amount", "given"),
    [("EUR", "JPY", "10.00", "1605"), ("JPY", "EUR", "1000", "6.17"), ("USD", "JPY", "10.00", "1474")],
)
def test_each_currency_keeps_its_own_digits(
    ledger: LedgerUnderTest, source: str, target: str, amount: str, given: str
) -> None:
    tell_rates(ledger)
    first, second = pair(ledger, source, target)
    made = first.pay(second, amount).json["data"]
    assert (made["amount"], made["exchange"]["target_amount"]) == (amount, given)


def test_three_digits_and_a_rate_of_a_dinar(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger)
    dinars, euros = pair(ledger, "KWD", "EUR")
    made = dinars.pay(euros, "1.234").json["data"]
    assert (made["amount"], made["exchange"]["target_amount"]) == ("1.234", "3.66")


def test_the_rate_is_that_of_the_last_day_at_or_before_the_banks_own(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger, "2026-01-02", USD="1.5", margin_bp=0)
    tell_rates(ledger, "2099-01-05", USD="3")
    euros, dollars = pair(ledger)
    assert euros.pay(dollars, "1.00").json["data"]["exchange"]["rates_of"] == "2026-01-02"
    tell_rates(ledger, "2026-01-02", USD="2", margin_bp=0)
    again = euros.pay(dollars, "1.00").json["data"]["exchange"]
    assert (again["rate"], again["margin"], again["target_amount"]) == ("2", "0.0000", "2.00")


def test_of_a_day_before_all_rates_and_of_a_currency_without_there_is_none(ledger: LedgerUnderTest) -> None:
    euros, dollars = pair(ledger)
    refused = euros.pay(dollars, "1.00")
    assert (refused.status_code, refused.json["error_code"]) == (409, "RATE_UNAVAILABLE")
    tell_rates(ledger, USD="1.1")
    crowns = ledger.open_account(euros.owner_id, currency="SEK")
    assert euros.pay(crowns, "1.00").json["error_code"] == "RATE_UNAVAILABLE"
    assert ask_quote(euros, "EUR", "SEK", "1.00").json["error_code"] == "RATE_UNAVAILABLE"


def test_what_is_worth_less_than_a_cent_is_refused_and_never_rounded_up(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger)
    yen, euros = pair(ledger, "JPY", "EUR")
    refused = yen.pay(euros, "1")
    assert (refused.status_code, refused.json["error_code"]) == (400, "AMOUNT_TOO_SMALL")
    assert refused.json["details"] == {"currency": "JPY", "amount": "1", "other_currency": "EUR"}
    assert yen.balance_minor == 1_000


def test_a_quote_is_kept_to_the_unit_after_the_rate_has_moved(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger)
    euros, dollars = pair(ledger)
    quote = quoted(euros, "EUR", "USD", "100.00")
    assert (quote["source_amount"], quote["target_amount"], quote["rate"]) == ("100.00", "108.33", "1.0832565")
    tell_rates(ledger, USD="9")
    made = euros.pay(dollars, "100.00", quote_id=quote["id"]).json["data"]
    assert made["exchange"]["target_amount"] == "108.33"


def test_a_quote_for_what_is_to_arrive_says_what_leaves(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger)
    euros, dollars = pair(ledger)
    quote = quoted(euros, "EUR", "USD", "100.00", fixed="target")
    assert (quote["source_amount"], quote["target_amount"]) == ("92.31", "100.00")
    assert euros.pay(dollars, quote["source_amount"], quote_id=quote["id"]).status_code == 201
    assert dollars.balance_minor == 100_00


def test_a_quote_is_used_once_and_the_key_that_used_it_replays(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger)
    euros, dollars = pair(ledger)
    quote = quoted(euros, "EUR", "USD", "100.00")
    made = euros.pay(dollars, "100.00", quote_id=quote["id"], key="once")
    again = euros.pay(dollars, "100.00", quote_id=quote["id"])
    assert (again.status_code, again.json["error_code"]) == (409, "QUOTE_USED")
    replayed = euros.pay(dollars, "100.00", quote_id=quote["id"], key="once")
    assert (replayed.status_code, replayed.data) == (201, made.data)
    assert euros.pay(dollars, "100.00", key="once").json["error_code"] == "IDEMPOTENCY_KEY_REUSED"


def test_a_refused_payment_uses_no_quote(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger)
    euros, dollars = pair(ledger)
    quote = quoted(euros, "EUR", "USD", "1000.01")
    assert euros.pay(dollars, "1000.01", quote_id=quote["id"]).json["error_code"] == "INSUFFICIENT_FUNDS"
    assert euros.deposit("0.01").status_code == 201
    assert euros.pay(dollars, "1000.01", quote_id=quote["id"]).status_code == 201


def test_a_quote_serves_its_own_person_amount_and_currencies_alone(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger)
    euros, dollars = pair(ledger)
    quote_id = quoted(euros, "EUR", "USD", "100.00")["id"]
    other = euros.pay(dollars, "100.01", quote_id=quote_id)
    assert (other.status_code, other.json["error_code"]) == (400, "QUOTE_MISMATCH")
    expected = {"currency": "EUR", "amount": "100.00", "other_currency": "USD", "from_account_id": None}
    assert other.json["details"] == expected
    same = ledger.open_account(euros.owner_id)
    assert euros.pay(same, "100.00", quote_id=quote_id).json["error_code"] == "QUOTE_MISMATCH"
    thief, their_dollars = pair(ledger)
    assert thief.pay(their_dollars, "100.00", quote_id=quote_id).status_code == 404
    assert euros.pay(dollars, "100.00", quote_id=new_id()).status_code == 404


def test_a_quote_ends_after_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_ledger(tmp_path) as ledger:
        tell_rates(ledger)
        euros, dollars = pair(ledger)
        monkeypatch.setattr("transaction_service.exchange.agreement.VALID_US", 0)
        quote = quoted(euros, "EUR", "USD", "100.00")
        refused = euros.pay(dollars, "100.00", quote_id=quote["id"])
        assert (refused.status_code, refused.json["error_code"]) == (409, "QUOTE_EXPIRED")
        assert refused.json["details"] == {"valid_until": quote["valid_until"]}
        housekeeping = ledger.app.extensions["context"].housekeeping
        assert housekeeping.forget_ended_quotes(0) == 0
        assert housekeeping.forget_ended_quotes(4 * 10**15) == 1
        ledger.check()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"to_currency": "EUR"}, "to_currency"),
        ({"amount": "1.001"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "1.00", "fixed": "target", "to_currency": "JPY"}, "amount"),
        ({"fixed": "both"}, "fixed"),
        ({"to_currency": "usd"}, "to_currency"),
    ],
)
def test_a_quote_for_nonsense_is_refused(ledger: LedgerUnderTest, sent: dict[str, str], field: str) -> None:
    tell_rates(ledger)
    wanted = {"from_currency": "EUR", "to_currency": "USD", "amount": "1.00", **sent}
    reply = ledger.call("POST", "/api/transactions/quotes", wanted, headers=ledger.staff())
    assert (reply.status_code, list(reply.json["details"]["fields"])) == (422, [field])


def test_a_reversal_gives_back_what_both_sides_gave_whatever_the_rate_is_then(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger)
    euros, dollars = pair(ledger)
    made = euros.pay(dollars, "100.00").json["data"]
    tell_rates(ledger, USD="9")
    back = reverse(ledger, made["id"]).json["data"]
    assert (back["type"], back["amount"], back["currency"]) == ("reversal", "108.33", "USD")
    assert (back["exchange"]["rate"], back["exchange"]["target_amount"]) == (None, "100.00")
    assert (euros.balance_minor, dollars.balance_minor) == (1000_00, 0)
    assert set(positions(ledger).values()) == {0}


def test_parts_taken_back_are_together_what_was_exchanged(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger)
    euros, dollars = pair(ledger)
    made = euros.pay(dollars, "100.00").json["data"]
    for part in ("33.33", "33.33", "0.01"):
        assert reverse(ledger, made["id"], amount=part).status_code == 201
    path = f"/api/transactions/details/{made['id']}?account_id="
    seen = [
        ledger.call("GET", path + account.account_id, headers=euros.headers).json["data"]["reversed_amount"]
        for account in (euros, dollars)
    ]
    assert seen == ["66.67", "72.22"]
    too_much = reverse(ledger, made["id"], amount="33.34").json
    assert (too_much["error_code"], too_much["details"]["available"]) == ("REVERSAL_TOO_LARGE", "33.33")
    assert reverse(ledger, made["id"]).status_code == 201
    assert (euros.balance_minor, dollars.balance_minor) == (1000_00, 0)


def test_limits_are_those_of_the_payer_in_their_own_currency(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger)
    yen = ledger.open_account(currency="JPY", movement_limit_minor=5_000, daily_limit_minor=8_000)
    for _ in range(3):
        assert yen.deposit("5000").status_code == 201
    euros = ledger.open_account(yen.owner_id)
    assert yen.pay(euros, "5001").json["error_code"] == "MOVEMENT_LIMIT_EXCEEDED"
    assert yen.pay(euros, "5000").status_code == 201
    over = yen.pay(euros, "3001").json
    assert (over["error_code"], over["details"]["available"]) == ("DAILY_LIMIT_EXCEEDED", "3000")


def test_only_a_transfer_exchanges(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger)
    euros = ledger.open_account(deposit_minor=100_00, synthetic=True)
    dollars = ledger.open_account(currency="USD", synthetic=True)
    item = {
        "idempotency_key": "k",
        "amount": "1.00",
        "from_account_id": euros.account_id,
        "to_account_id": dollars.account_id,
    }
    items = [{**item, "type": "payroll"}, {**item, "type": "transfer", "idempotency_key": "l"}]
    simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
    results = ledger.call("POST", "/api/transactions/batch", {"items": items}, headers=simulator).json["data"]
    assert results[0]["error"]["error_code"] == "CURRENCY_MISMATCH"
    assert results[1]["transaction"]["exchange"]["target_amount"] == "1.08"


def test_only_the_account_service_tells_rates_and_only_whole_ones(ledger: LedgerUnderTest) -> None:
    path = "/internal/ledger/exchange-rates/2026-01-05"
    good = {"source": "a test", "margin_bp": 50, "per_euro": {"USD": "1.1"}}
    assert ledger.call("PUT", path, good, headers=ledger.staff("admin")).status_code == 403
    for wrong in (
        {**good, "per_euro": {}},
        {**good, "per_euro": {"USD": "0.000"}},
        {**good, "per_euro": {"USD": "-1"}},
        {**good, "per_euro": {"USD": "1e3"}},
        {**good, "per_euro": {"EUR": "1"}},
        {**good, "per_euro": {"XXX": "1"}},
        {**good, "margin_bp": 10_000},
    ):
        assert ledger.call("PUT", path, wrong, headers=ledger.service).status_code == 422
    assert ledger.call("PUT", path[:-2] + "32", good, headers=ledger.service).status_code == 422


def test_a_reset_leaves_the_rates_and_nothing_that_was_exchanged(ledger: LedgerUnderTest) -> None:
    tell_rates(ledger)
    euros, dollars = pair(ledger)
    assert euros.pay(dollars, "1.00").status_code == 201
    assert ledger.call("POST", "/internal/reset", headers=ledger.service).status_code == 200
    euros, dollars = pair(ledger)
    assert euros.pay(dollars, "1.00").json["data"]["exchange"]["target_amount"] == "1.08"


@pytest.mark.parametrize("margin_bp", [50, 9_000])
def test_nobody_is_quoted_more_than_any_account_may_pay(ledger: LedgerUnderTest, margin_bp: int) -> None:
    tell_rates(ledger, margin_bp=margin_bp)
    rupiahs, _ = pair(ledger, "IDR", "KWD")
    refused = ask_quote(rupiahs, "IDR", "KWD", "999999999999.999", fixed="target")
    assert (refused.status_code, refused.json["error_code"]) == (400, "MOVEMENT_LIMIT_EXCEEDED"), refused.text

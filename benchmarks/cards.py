"""Card payments through the gateway: authorized, and then collected."""

import json
from collections import Counter
from statistics import median

from benchmarks.bank import Bank
from benchmarks.customers import Customer
from benchmarks.figures import AT_LEAST, Figure
from benchmarks.load import checked, request_bytes, run
from benchmarks.money import CLIENTS, address_of
from benchmarks.processes import cpu_seconds_by_service

PAIRS_A_SECOND = 700
_AUTHORIZATIONS = "/api/card-network/authorizations"
_CARDS_EACH, _PAYMENTS_EACH = 5, 25
"""A card is asked for so many payments within an hour that none is declined for it."""
_SHOP = {"name": "Measured Books", "mcc": "5942", "country": "DE"}


def measured(bank: Bank, customers: list[Customer], rounds: int) -> list[Figure]:
    """Pairs of an authorization and its capture a second, and the processor time of each service a pair."""
    cards = [[_card(bank, customer) for _ in range(_CARDS_EACH)] for customer in customers[:CLIENTS]]
    _pairs(bank, cards, "warm", Counter())
    used: Counter[str] = Counter()
    pairs = [_pairs(bank, cards, f"cards{number}", used) for number in range(rounds)]
    count = rounds * CLIENTS * _CARDS_EACH * _PAYMENTS_EACH
    of_services = [Figure(f"  processor: {name}", seconds * 1e6 / count, "µs") for name, seconds in used.items()]
    what = "card payments authorized and collected"
    return [Figure(what, median(pairs), "pairs/s", PAIRS_A_SECOND, AT_LEAST, tuple(pairs)), *of_services]


def _pairs(bank: Bank, cards: list[list[str]], label: str, used: Counter[str]) -> float:
    bank.call("POST", "/api/transactions/clock", {"advance_by": {"hours": 2}}, bank.admin_token)
    asking = [
        [
            _asked(bank, card_id, f"{label}-{card_id}-{number}")
            for number in range(_PAYMENTS_EACH)
            for card_id in of_client
        ]
        for of_client in cards
    ]
    authorizing_seconds = _answered(bank, asking, "authorizations", used)
    ids = _approved(bank)
    captures = [
        [request_bytes("POST", f"{_AUTHORIZATIONS}/{one}/capture", bank.admin_token, b"{}") for one in of_client]
        for of_client in (ids[client::CLIENTS] for client in range(CLIENTS))
    ]
    return len(ids) / (authorizing_seconds + _answered(bank, captures, "captures", used))


def _answered(bank: Bank, requests: list[list[bytes]], what: str, used: Counter[str]) -> float:
    """How many seconds it took until all were answered; adds to the seconds of the processor that services used."""
    run_file = bank.folder / "run.json"
    before = cpu_seconds_by_service(run_file)
    load = checked(run(address_of(bank), requests), 201, what)
    after = cpu_seconds_by_service(run_file)
    used.update({name: after[name] - before[name] for name in after})
    return load.seconds


def _card(bank: Bank, customer: Customer) -> str:
    card = bank.call("POST", "/api/cards/create", {"account_id": customer.account_id}, customer.token)["data"]
    return str(card["id"])


def _asked(bank: Bank, card_id: str, key: str) -> bytes:
    body = {"card_id": card_id, "amount": "0.01", "currency": "EUR", "merchant": _SHOP, "channel": "online"}
    return request_bytes("POST", _AUTHORIZATIONS, bank.admin_token, json.dumps(body).encode(), Idempotency_Key=key)


def _approved(bank: Bank) -> list[str]:
    ids: list[str] = []
    cursor = ""
    while True:
        page = bank.call("GET", f"{_AUTHORIZATIONS}?status=approved&limit=200{cursor}", token=bank.admin_token)
        ids += [one["id"] for one in page["data"]]
        if page["next_cursor"] is None:
            return ids
        cursor = f"&cursor={page['next_cursor']}"

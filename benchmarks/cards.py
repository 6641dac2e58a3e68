"""Card payments through the gateway: authorized, and then collected."""

import json
from statistics import median

from benchmarks.bank import Bank
from benchmarks.customers import Customer
from benchmarks.figures import AT_LEAST, Figure
from benchmarks.load import checked, request_bytes, run
from benchmarks.money import CLIENTS, address_of

PAIRS_A_SECOND = 700
_AUTHORIZATIONS = "/api/card-network/authorizations"
_CARDS_EACH, _PAYMENTS_EACH = 5, 25
"""A card is asked for so many payments within an hour that none is declined for it."""
_SHOP = {"name": "Measured Books", "mcc": "5942", "country": "DE"}


def measured(bank: Bank, customers: list[Customer], rounds: int) -> list[Figure]:
    """Pairs of an authorization and its capture a second."""
    cards = [[_card(bank, customer) for _ in range(_CARDS_EACH)] for customer in customers[:CLIENTS]]
    pairs = [_pairs(bank, cards, f"cards{number}") for number in range(rounds + 1)][1:]  # the first one warms up
    return [
        Figure(
            "card payments authorized and collected", median(pairs), "pairs/s", PAIRS_A_SECOND, AT_LEAST, tuple(pairs)
        )
    ]


def _pairs(bank: Bank, cards: list[list[str]], label: str) -> float:
    bank.call("POST", "/api/transactions/clock", {"advance_by": {"hours": 2}}, bank.admin_token)
    asking = [
        [
            _asked(bank, card_id, f"{label}-{card_id}-{number}")
            for number in range(_PAYMENTS_EACH)
            for card_id in of_client
        ]
        for of_client in cards
    ]
    authorizing = checked(run(address_of(bank), asking), 201, "authorizations")
    ids = _approved(bank)
    captures = [
        [request_bytes("POST", f"{_AUTHORIZATIONS}/{one}/capture", bank.admin_token, b"{}") for one in of_client]
        for of_client in (ids[client::CLIENTS] for client in range(CLIENTS))
    ]
    collecting = checked(run(address_of(bank), captures), 201, "captures")
    return len(ids) / (authorizing.seconds + collecting.seconds)


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

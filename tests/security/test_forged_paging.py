"""Limits and cursors that no list gave out (catalogue 35)."""

import base64
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from shared import services
from shared.http.pagination import binding_of, bound_cursor
from shared.identifiers import new_id
from shared.services import Service
from tests.apps import Bank
from tests.security.estate import Estate

EVERY_BACKEND = pytest.mark.parametrize("service", services.BACKENDS, ids=lambda service: service.package)
LIMITS = (
    *(
        "0",
        "-1",
        "201",
        "1000000000",
        "1e9",
        "1e2",
        "NaN",
        "Infinity",
        "",
        " ",
        "10 ",
        "+10",
        "1_0",
        "10.0",
        "0x10",
        "010" * 7,
    ),
    *(
        "１０",
        "١٠",
        "ten",
        "true",
        "null",
        "[]",
        "50;",
        "50'--",
        "9" * 400,
        "-0",
        "--1",
        "\x00",
        "50\x00",
        "2147483648",
    ),
)


def _packed(content: str | bytes) -> str:
    raw = content if isinstance(content, bytes) else content.encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


CURSORS = (
    *("", " ", "a", "null", "0", "-1", "=", "====", "%", "é", "\x00", "a" * 201, "A" * 100_000),
    _packed(""),
    _packed("."),
    _packed("1"),
    _packed(f"1.{new_id()}x"),
    _packed(f"1.{new_id().upper()}"),
    _packed(f"-1.{new_id()}"),
    _packed(f"+1.{new_id()}"),
    _packed(f" 1.{new_id()}"),
    _packed(f"1_0.{new_id()}"),
    _packed(f"１.{new_id()}"),
    _packed(f"1e3.{new_id()}"),
    _packed(f"{2**63}.{new_id()}"),
    _packed(f"{'9' * 60}.{new_id()}"),
    _packed(f"1.{new_id()}.{new_id()}"),
    _packed("1.' OR '1'='1"),
    _packed("1.bank:cash:EUR"),
    _packed(b"\xff\xfe.\x00"),
    _packed('{"after": 1}'),
    _packed(f"1.{new_id()}") + "!",
    _packed(f"1.{new_id()}") + "\n",
)


NEEDED = {"/api/simulator/people": "persona=frugal&"}
"""What a list cannot be asked for without."""


def lists(bank: Bank, service: Service, parameter: str) -> Iterator[str]:
    """Paths of the service's lists that take this parameter, with fresh ids in them."""
    for path, operations in bank.client(service).get("/openapi.json").json["paths"].items():
        named = {one["name"] for one in operations.get("get", {}).get("parameters", ())}
        if parameter in named and path.startswith("/api/"):
            yield path


def get(bank: Bank, bob: Estate, service: Service, path: str, query: str) -> TestResponse:
    """As somebody who may read the list: the owner where a list is of something, else an administrator."""
    filled = filled_in(path, bob)
    headers = bob.headers if "{" in path else bank.headers("admin", scope="bank:simulate")
    return bank.client(service).get(f"{filled}?{NEEDED.get(path, '')}{query}", headers=headers)


def filled_in(path: str, bob: Estate) -> str:
    """The path with what is Bob's."""
    order = "scheduled_payment_id" if "/scheduled-payments/" in path else "standing_order_id"
    ids = {"account_id": "account_id", "order_id": order, "card_id": "credit_card_id"}
    return path.format(**bob.ids | {name: bob.ids[kept] for name, kept in ids.items()})


def well_made(bank: Bank, service: Service, path: str, place: tuple[int, str]) -> str:
    """The cursor that this list gives out for a row with this key, whether there is one or not."""
    endpoint, arguments = bank.apps[service.package].url_map.bind("").match(path, method="GET")
    return bound_cursor(binding_of(endpoint, arguments, {}), place)


@EVERY_BACKEND
def test_a_limit_outside_1_to_200_or_oddly_written_is_named_and_refused(
    bank: Bank, bob: Estate, service: Service
) -> None:
    wrong = []
    for path in lists(bank, service, "limit"):
        assert get(bank, bob, service, path, "limit=200").status_code in (200, 409), "409: there is no world yet"
        for value in LIMITS:
            reply = get(bank, bob, service, path, f"limit={quote(value)}")
            if reply.status_code != 422 or set(reply.json["details"]["fields"]) != {"limit"}:
                wrong.append((path, value, reply.status_code))
    assert wrong == []


@EVERY_BACKEND
def test_a_cursor_that_the_list_never_gave_out_is_named_and_refused(bank: Bank, bob: Estate, service: Service) -> None:
    wrong = []
    for path in lists(bank, service, "cursor"):
        for value in CURSORS:
            reply = get(bank, bob, service, path, f"cursor={quote(value)}")
            if reply.status_code != 422 or set(reply.json["details"]["fields"]) != {"cursor"}:
                wrong.append((path, value[:40], reply.status_code))
    assert wrong == []


@EVERY_BACKEND
def test_a_well_made_cursor_of_somebody_else_shows_nothing_of_theirs(bank: Bank, bob: Estate, service: Service) -> None:
    """A cursor names a position and grants nothing: with Bob's, a stranger still pages through their own nothing."""
    places = [(instant, bob.ids[name]) for instant in (0, 2**62, 2**63 - 1) for name in ("account_id", "user_id")]
    stranger = bank.headers()
    for path in lists(bank, service, "cursor"):
        filled = filled_in(path, bob)
        bobs_own = bank.client(service).get(f"{filled}?limit=1", headers=bob.headers).json.get("next_cursor")
        for cursor in (*(well_made(bank, service, filled, place) for place in places), *filter(None, [bobs_own])):
            reply = bank.client(service).get(f"{filled}?cursor={quote(cursor)}", headers=stranger)
            assert reply.status_code in (200, 403, 404), path
            assert reply.status_code != 200 or reply.json["data"] == [], path


def test_a_parameter_that_no_list_has_is_refused(bank: Bank, bob: Estate) -> None:
    for service in services.BACKENDS:
        for path in lists(bank, service, "limit"):
            for name in ("offset", "page", "sort", "order_by", "user_id[]", "limit[$gt]", "owner_id", "__class__"):
                reply = get(bank, bob, service, path, f"{quote(name)}=1")
                assert reply.status_code == 422, (path, name)

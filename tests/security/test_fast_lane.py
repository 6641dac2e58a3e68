"""Whatever comes, the fast lane and the ordinary route answer the same, do the same, log and count the same."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.contract.openapi import described
from shared.fence import Fence
from shared.http.fast_lane import LARGEST_BODY_BYTES, FastLane
from shared.identifiers import new_id
from tests.ledgers import iban
from tests.security.forgeries import expired_token, forged_tokens
from tests.security.test_hostile_amounts import HOSTILE
from tests.security.test_hostile_bodies import AMBIGUOUS, DEEP
from tests.twin_ledgers import (
    ACQUIRER,
    JSON,
    OTHER_ORDERS,
    PATHS,
    STAFF,
    UNKNOWN_NUMBERS,
    Twins,
    prepare_other_orders,
    steady,
    twin_ledgers,
)
from transaction_service.ledger import commit_queue


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    with twin_ledgers(tmp_path_factory.mktemp("twins")) as found:
        yield found


@pytest.mark.parametrize("path", PATHS)
def test_the_lane_answers_what_is_plainly_good(twins: Twins, path: str) -> None:
    before = len(twins.by_lane)
    first = twins.check(twins.good(path), path, Idempotency_Key=f"good{path}")
    again = twins.check(twins.good(path), path, Idempotency_Key=f"good{path}")
    other = twins.check({**twins.good(path), "amount": "0.03"}, path, Idempotency_Key=f"good{path}")
    assert [reply.status_code for reply in (first, again, other)] == [201, 201, 422]
    assert (first.json, again.headers["Idempotent-Replayed"]) == (again.json, "true")
    assert twins.by_lane[before:] == [201, 201, 422]


def test_the_lane_takes_the_routes_that_post_one_order_and_their_declarations(twins: Twins) -> None:
    lane: FastLane = twins.lane.app.extensions["fast_lane"]
    others = {re.sub(r"\(\w+\)", "", path) for path in OTHER_ORDERS}
    assert set(lane.routes) == {*PATHS, *others}
    document = described(twins.lane.app)
    for path, route in lane.routes.items():
        named = document["paths"][_documented(document, path)]["post"]["requestBody"]["content"][JSON]["schema"]["$ref"]
        assert named.endswith(f"/{route.payload.__name__}")
        assert route.access is twins.lane.app.view_functions[route.endpoint].access  # type: ignore[attr-defined]


def _documented(document: Any, path: str) -> str:
    """The path of a lane's route as OpenAPI writes it."""
    return next(found for found in document["paths"] if re.sub(r"\{\w+\}", "", found) == path)


@pytest.fixture(scope="module")
def more(twins: Twins) -> Twins:
    prepare_other_orders(twins)
    return twins


@pytest.mark.parametrize("path", OTHER_ORDERS)
def test_both_answer_alike_what_posts_another_order(more: Twins, path: str) -> None:
    who, good = OTHER_ORDERS[path]
    token = more.token_of(who)
    more.check({"unknown": 1}, path, token=token)  # from now on the token is known
    before = len(more.by_lane)
    first = more.check(good, path, token=token, Idempotency_Key=path)
    again = more.check(good, path, token=token, Idempotency_Key=path)
    assert first.status_code in (200, 201), first.text
    assert (first.json, again.headers["Idempotent-Replayed"]) == (again.json, "true")
    assert more.by_lane[before:] == [first.status_code] * 2
    for token in (*(more.token_of(other) for other in (STAFF, ACQUIRER, "ada", "bob")), {}):
        for _ in range(2):
            more.check({**good, "unknown": 1}, path, token=token)
            more.check(b"", path, token=token)


@pytest.mark.parametrize("path", OTHER_ORDERS)
def test_both_answer_alike_whatever_another_order_says(more: Twins, path: str) -> None:
    who, good = OTHER_ORDERS[path]
    token = more.token_of(who)
    for body in (*AMBIGUOUS.values(), b"{}", b"[]"):
        more.check(body, path, token=token)
    for name in good:
        for value in (None, True, -1, "", "x" * 1500, {}, new_id(), "999999.00", "0.001", "NaN"):
            more.check({**good, name: value}, path, token=token)
        more.check({other: value for other, value in good.items() if other != name}, path, token=token)


@pytest.mark.parametrize("path", [path for path in OTHER_ORDERS if "(" in path])
def test_both_answer_alike_whatever_the_path_names(more: Twins, path: str) -> None:
    who, good = OTHER_ORDERS[path]
    token = more.token_of(who)
    known = more.ids[0][re.findall(r"\((\w+)\)", path)[0]]
    for name in (new_id(), "x", "", known.upper(), f"{known}0", f" {known}", f"{{{known}}}", f"{known}/x", "a" * 2000):
        more.check(good, re.sub(r"\(\w+\)", name, path), token=token)
    for target in (f"{path}/", f"{path}?", f"/{path}", path.replace("(", "/("), path.upper()):
        more.check(good, target, token=token)


@pytest.mark.parametrize("path", PATHS)
def test_both_answer_alike_whatever_the_amount(twins: Twins, path: str) -> None:
    good = {name: value for name, value in twins.good(path).items() if name != "amount"}
    start = str(good).replace("'", '"')[:-1]
    for literal in (*HOSTILE, '"0.01"', "0.01", "1", '"0000001.00"', "null", '"9999999999999.99"'):
        twins.check(f'{start}, "amount": {literal}}}'.encode(), path)


@pytest.mark.parametrize("path", PATHS)
def test_both_answer_alike_whatever_the_body(twins: Twins, path: str) -> None:
    for body in (*AMBIGUOUS.values(), *DEEP.values(), b"", b" {} ", b"{}"):
        twins.check(body, path)
    good = twins.good(path)
    strange: list[Any] = [
        None,
        True,
        0,
        1.5,
        "",
        " ",
        "x",
        "x" * 1500,
        "a\u0000b",
        "e\u0301",
        "\u202e",
        [],
        {},
        [good],
        "DE36",
    ]
    for name in (*good, "currency", "description", "category", "effective_at", "to_account_number", "type", "unknown"):
        for value in strange:
            twins.check({**good, name: value}, path)
    for name in good:
        twins.check({other: value for other, value in good.items() if other != name}, path)


def test_both_answer_alike_whatever_the_length(twins: Twins) -> None:
    good = str(twins.transfer()).replace("'", '"').encode()
    for size in (LARGEST_BODY_BYTES - 1, LARGEST_BODY_BYTES, LARGEST_BODY_BYTES + 1, 5 * 1024 * 1024):
        twins.check(good + b" " * (size - len(good)))
    headers = {**twins.accounts["ada"].headers}
    for length in ("0", "1", str(len(good) - 1), "", "-1", "+5", "5 5", "\u00b2", "0" * 20 + "5", "1e2", "abc"):
        twins.check_request(data=good, headers=headers, environ_overrides={"CONTENT_LENGTH": length})
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    twins.check_request(data=good, headers=headers, environ_overrides=chunked)
    twins.check_request(data=good, headers=headers, environ_overrides={**chunked, "CONTENT_LENGTH": ""})


def test_both_answer_alike_whatever_the_content_is_called(twins: Twins) -> None:
    types = ("text/plain", "", None, "application/json; charset=utf-8", "APPLICATION/JSON", "application/json;", "json")
    for content_type in (*types, "application/json, text/plain", " application/json", "application/jsonp"):
        twins.check_request(json=twins.transfer(), headers=twins.accounts["ada"].headers, content_type=content_type)
    for coding in ("gzip", "identity", "IDENTITY", "", "br, identity"):
        twins.check(twins.transfer(), Content_Encoding=coding)


@pytest.mark.parametrize("path", PATHS)
def test_both_answer_alike_whatever_the_method_and_target(twins: Twins, path: str) -> None:
    headers = twins.accounts["ada"].headers
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "BREW"):
        twins.check_request(path, method=method, json=twins.good(path), headers=headers)
    for target in (
        f"{path}/",
        f"/{path}",
        f"{path}?",
        f"{path}?a=1",
        path.replace("t", "%74"),
        path.upper(),
        f"{path}%00",
    ):
        twins.check_request(target, json=twins.good(path), headers=headers)
    twins.check_request(path, json=twins.good(path), headers=headers, environ_overrides={"SCRIPT_NAME": "/x"})


def test_both_answer_alike_whoever_asks(twins: Twins) -> None:
    keys = twins.lane.keys
    ada = twins.accounts["ada"]
    token = ada.headers["Authorization"].removeprefix("Bearer ")
    words = [
        f"bearer {token}",
        f"Basic {token}",
        token,
        f"Bearer  {token}",
        f"Bearer {token} ",
        "Bearer",
        "Bearer ",
        "",
    ]
    words += [f"Bearer {forged}" for _, forged in forged_tokens(keys, "http://127.0.0.1:1")]
    words += [f"Bearer {expired_token(keys)}", f"Bearer {keys.token(ada.owner_id, life_seconds=-9)}"]
    for word in words:
        for _ in range(2):
            twins.check(twins.transfer(), token={"Authorization": word})
    twins.check(twins.transfer(), token={})
    others: list[dict[str, Any]] = [{"role": role} for role in ("customer", "employee", "admin", "service", "nobody")]
    others += [
        {"role": "service", "scope": "bank:simulate"},
        {"scope": "bank:simulate"},
        {"role": "service", "scope": "x"},
    ]
    for claims in others:
        stranger, herself = keys.headers(new_id(), **claims), keys.headers(ada.owner_id, **claims)
        for headers in (stranger, stranger, herself, herself):
            twins.check(twins.transfer(), token=headers)
            twins.check(twins.transfer(effective_at="2025-01-01T00:00:00Z"), token=headers)


def test_what_was_revoked_is_out_at_once(twins: Twins) -> None:
    session = new_id()
    headers = twins.lane.keys.headers(twins.accounts["ada"].owner_id, session_id=session)
    assert [twins.check(twins.transfer(), token=headers).status_code for _ in range(2)] == [201, 201]
    twins.lane.keys.revoked.append({"position": len(twins.lane.keys.revoked) + 1, "session_id": session})
    for ledger in (twins.lane, twins.ordinary):
        ledger.app.extensions["token_verifier"].refresh_revocations()
    assert twins.check(twins.transfer(), token=headers).status_code == 401


def test_both_answer_alike_whatever_the_key(twins: Twins) -> None:
    for key in ("", "a", "a" * 255, "a" * 256, "two words", "t\tab", "\u00e9", "a,b", " a", "\x7f"):
        for amount in ("0.01", "0.01", "0.04"):
            twins.check(twins.transfer(amount=amount), Idempotency_Key=key)
    headers = [*twins.accounts["ada"].headers.items(), ("Idempotency-Key", "one"), ("Idempotency-Key", "two")]
    twins.check_request(json=twins.transfer(), headers=headers)


def test_both_answer_alike_whatever_the_other_headers(twins: Twins) -> None:
    for request_id in ("", "mine", "a" * 100, "a" * 101, "two words", "\u00e9", "a\x00"):
        twins.check(twins.transfer(), X_Request_ID=request_id)
        twins.check(twins.transfer(amount="999.00"), X_Request_ID=request_id)
    for deadline in ("0", "00", "5000", "-1", "1.5", "abc", "", "999999999", "9999999999", "\u0665000"):
        twins.check(twins.transfer(), X_Request_Timeout_Ms=deadline)
    for channel in ("web", "cli", "WEB", "simulator", "bank", ""):
        twins.check(twins.transfer(), X_Bank_Channel=channel)
    for host in ("", "evil.example", "two words", "[::1", "a" * 300, "127.0.0.1:5000", "a/b", "\u00e9"):
        twins.check(twins.transfer(), Host=host)
    for no_name in (".", "..", ".a", "a..b", "a..:80", "a" * 64, "a" * 64 + ".b", "b." + "a" * 64):
        twins.check(twins.transfer(), Host=no_name)
    for name in ("a.", "a.b.", "a" * 63, ".".join(["a" * 63] * 4), "-", "A.example:5003", "[::1]:5003"):
        twins.check(twins.transfer(), Host=name)
    spoofed = ("X-HTTP-Method-Override", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Original-URL", "Cookie", "Expect")
    for name in (*spoofed, "X-Service-Authorization", "X-User-Id", "X-Role", "Connection", "Accept", "If-None-Match"):
        for value in ("GET", "admin", "100-continue", "x=y; session=1"):
            twins.check(twins.transfer(), **{name: value})


def test_both_refuse_alike_and_replay_alike(twins: Twins) -> None:
    of = {name: account.account_id for name, account in twins.accounts.items()}
    orders = [
        {"amount": "399.00"}, {"amount": "399.00"}, {"amount": "399.00"}, {"amount": "401.00"}, {"amount": "0.001"},
        {"to_account_id": of["ada"]}, {"to_account_id": of["dollars"]}, {"currency": "USD"}, {"currency": "XXX"},
        {"from_account_id": of["frozen"]}, {"to_account_id": of["closed"]}, {"from_account_id": of["bob"]},
        {"to_account_id": new_id()}, {"effective_at": "2025-01-01T00:00:00Z"},
        {"to_account_id": None, "to_account_number": twins.accounts["bob"].number},
        {"to_account_id": None, "to_account_number": twins.accounts["bob"].number.replace("1000", " 1000 ")},
        {"to_account_id": None, "to_account_number": "DE09 5001 0517 0000 0000 02"},
    ]  # fmt: skip
    before, codes = len(twins.by_lane), set()
    for number, order in enumerate(orders):
        for _ in range(2):
            reply = twins.check(twins.transfer(**order), Idempotency_Key=f"refused-{number}")
            codes.add(reply.json.get("error_code"))
    assert codes >= {"INSUFFICIENT_FUNDS", "SAME_ACCOUNT", "ACCOUNT_FROZEN", "CURRENCY_MISMATCH", "NOT_FOUND", None}
    assert set(twins.by_lane[before:]) >= {201, 400, 404, 409, 422}


def test_recipients_that_do_not_exist_are_counted_once(twins: Twins) -> None:
    unknown = "DE89370400440532013000"
    nosy = twins.open("nosy", number=iban(10**17 + 9_007), initial_deposit_minor=5_00)
    payload = {"from_account_id": nosy.account_id, "to_account_number": unknown, "amount": "0.01"}
    got = [twins.check(payload, token=nosy.headers).status_code for _ in range(UNKNOWN_NUMBERS + 2)]
    assert got == [*[404] * UNKNOWN_NUMBERS, 429, 429]
    assert twins.by_lane[-1] == 429


def test_a_closed_fence_lets_nobody_pass_and_is_left_by_all(twins: Twins) -> None:
    fences = [ledger.app.extensions["fence"] for ledger in (twins.lane, twins.ordinary)]
    for fence in fences:
        fence.close()
    refused = [twins.check(twins.transfer()), twins.check(b"{"), twins.check(twins.transfer(), token={})]
    assert {reply.json["error_code"] for reply in refused} == {"SERVICE_UNAVAILABLE"}
    for fence in fences:
        fence.open()
    assert twins.check(twins.transfer()).status_code == 201
    for fence in fences:
        fence.close(wait_seconds=0)  # nothing is under way
        fence.open()


def test_a_fence_that_cannot_be_looked_at_is_told_alike(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no descriptor is left")

    with monkeypatch.context() as for_a_while:
        for_a_while.setattr(Fence, "_look", fail)
        assert twins.check(twins.transfer()).json["error_code"] == "INTERNAL_ERROR"
    assert twins.check(twins.transfer()).status_code == 201


def _failures() -> list[Exception]:
    full = OperationalError("INSERT", {}, Exception("database or disk is full"))
    busy = OperationalError("INSERT", {}, Exception("database is locked"))
    away = DBAPIError("INSERT", {}, Exception("server closed the connection"), connection_invalidated=True)
    return [full, busy, away, PoolTimeoutError("no connection"), RuntimeError("a surprise"), OSError("a disk")]


@pytest.mark.parametrize("failure", _failures(), ids=lambda failure: str(failure)[:40])
def test_both_answer_alike_when_the_storage_fails(
    twins: Twins, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def post(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(commit_queue, "post", post)
    before = len(twins.by_lane)
    assert twins.check(twins.transfer(), Idempotency_Key=new_id()).status_code >= 500
    assert len(twins.by_lane) == before + 1
    noticed = [ledger.app.test_client().get("/api/health").json for ledger in (twins.lane, twins.ordinary)]
    assert noticed[0] == noticed[1]


def test_a_deadline_that_passes_in_the_queue_is_told_alike(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(post: Callable[..., Any]) -> Callable[..., Any]:
        def posted(*arguments: Any, **named: Any) -> Any:
            time.sleep(1.5)
            return post(*arguments, **named)

        return posted

    monkeypatch.setattr(commit_queue, "post", slow(commit_queue.post))
    before = len(twins.by_lane)
    reply = twins.check(twins.transfer(), X_Request_Timeout_Ms="700")
    assert (reply.status_code, reply.json["details"]) == (504, {"outcome": "unknown"})
    assert twins.by_lane[before:] == [504]
    time.sleep(1)


def test_in_the_end_both_ledgers_hold_the_same(twins: Twins) -> None:
    """Runs last: both have moved the same money, and remember the same keys and refusals."""
    assert twins.lane.check() == twins.ordinary.check()
    for account in twins.accounts.values():
        balances = [ledger.balance_minor(account.account_id) for ledger in (twins.lane, twins.ordinary)]
        assert balances[0] == balances[1]
        lists = [
            ledger.call("GET", "/api/transactions/list?limit=200", headers=account.headers)
            for ledger in (twins.lane, twins.ordinary)
        ]
        assert steady(lists[0].text) == steady(lists[1].text)
    assert len(twins.by_lane) > 100
    for ledger in (twins.lane, twins.ordinary):
        ledger.app.extensions["context"].commits.close()
    assert twins.check(twins.transfer()).status_code == 503

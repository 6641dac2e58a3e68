"""A real reply for each code of the catalogue that a request alone can meet, from the real apps of the whole bank."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

import gateway.app
from gateway.proxy.host_names import HostNames
from gateway.settings import Settings
from shared import services
from shared.identifiers import new_id
from shared.network.http_client import TIMEOUT_HEADER
from shared.refusals import HEAD_TOO_LARGE, TARGET_TOO_LONG, TOO_SLOW, UNSUPPORTED_CODING, Refusal
from shared.services import ACCOUNT, AUTH, SIMULATOR, TRANSACTION, Service
from shared.serving.unreadable import reply_to_unreadable
from tests.apps import Bank
from tests.contract.card_refusals import disputed_transfer, hold_of_card_payment
from tests.contract.collected_account import closed_while_refundable
from tests.contract.credit_cards import MET_BY_CARDS
from tests.contract.made_again import payee_twice, too_many_payees, too_many_webhooks
from tests.contract.notice_account import withdrawn_without_notice
from tests.security.estate import PASSWORD, Estate
from transaction_service.exchange import agreement

ACCOUNTS_PER_PERSON = 6
CARDS_PER_ACCOUNT = 3
PAYEES_PER_PERSON = 4
DAILY_LIMIT = 15_000
MOVEMENT_LIMIT = 10_000
LIST = "/api/accounts/list"
CREATE = "/api/accounts/create"
Error = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """A bank, somebody who has 77.66 and 102.34 in two accounts of theirs, and the means to break things."""

    bank: Bank
    owner: Estate
    breaking: pytest.MonkeyPatch

    @property
    def first(self) -> str:
        return self.owner.ids["account_id"]

    @property
    def second(self) -> str:
        return self.owner.ids["second_account_id"]

    def ask(self, service: Service, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        """One request of the owner's."""
        sent = {**self.owner.headers, **headers}
        return self.bank.client(service).open(path, method=method, json=body, headers=sent)

    def staff(self, service: Service, method: str, path: str, body: object = None, **token: str) -> TestResponse:
        """One request of an employee's, or of whoever the token names."""
        headers = self.bank.headers(**{"role": "employee", **token})
        return self.bank.client(service).open(path, method=method, json=body, headers=headers)

    def move(self, kind: str, amount: str, **facts: str) -> TestResponse:
        """A deposit or a withdrawal on the first account."""
        body = {"account_id": self.first, "amount": amount, **facts}
        return self.ask(TRANSACTION, "POST", f"/api/transactions/{kind}", body)

    def pay(self, amount: str, to: str, key: str | None = None) -> TestResponse:
        """A transfer from the first account."""
        body = {"from_account_id": self.first, "to_account_id": to, "amount": amount}
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.ask(TRANSACTION, "POST", "/api/transactions/transfer", body, **headers)

    def opened(self, currency: str = "EUR") -> str:
        """Another account of theirs, without money."""
        body = {"account_type": "checking", "currency": currency}
        reply = self.ask(ACCOUNT, "POST", CREATE, body)
        assert reply.status_code == 201, reply.text
        return str(reply.json["data"]["id"])

    def without(self, service: Service) -> None:
        """Nobody reaches the service any more."""
        self.breaking.setenv(f"{service.env_prefix}_SERVICE_URL", "http://127.0.0.1:1")

    def failing(self, error: Exception) -> TestResponse:
        """The opening of an account, while its view meets this error."""

        def broken(**_arguments: object) -> None:
            raise error

        views = self.bank.apps[ACCOUNT.package].view_functions
        (endpoint,) = (route.rule.endpoint for route in self.bank.routes(ACCOUNT) if route.rule.rule == CREATE)
        self.breaking.setitem(views, endpoint, broken)
        return self.ask(ACCOUNT, "POST", CREATE, {"account_type": "checking"})


def _own_gateway(scene: Scene, settings: Settings, times: int = 1) -> TestResponse:
    front = gateway.app.create_app(settings).test_client()
    return [front.get(LIST, headers=scene.owner.headers) for _ in range(times)][-1]


def _item(reply: TestResponse, place: int = 0) -> Error:
    error: Error = reply.json["data"][place]["error"]
    return error


def _unread(refusal: Refusal) -> Error:
    error: Error = json.loads(reply_to_unreadable(refusal, b"GET /api/x").partition(b"\r\n\r\n")[2])
    return error


def _frozen(scene: Scene) -> TestResponse:
    scene.staff(ACCOUNT, "POST", f"/api/accounts/{scene.first}/freeze", {"reason": "a test"})
    return scene.move("deposit", "1.00")


def _closed(scene: Scene) -> TestResponse:
    account_id = scene.opened()
    scene.ask(ACCOUNT, "DELETE", f"/api/accounts/close/{account_id}")
    return scene.pay("1.00", account_id)


def _busy(scene: Scene) -> TestResponse:
    scene.without(TRANSACTION)
    path = f"/api/accounts/{scene.first}/freeze"
    return [scene.staff(ACCOUNT, "POST", path, {"reason": "a test"}) for _ in range(2)][-1]


def _in_flight(scene: Scene) -> TestResponse:
    scene.without(TRANSACTION)
    body = {"account_type": "checking"}
    key = {"Idempotency-Key": new_id()}
    return [scene.ask(ACCOUNT, "POST", CREATE, body, **key) for _ in range(2)][-1]


def _too_many_accounts(scene: Scene) -> TestResponse:
    for _ in range(ACCOUNTS_PER_PERSON - 2):
        scene.opened()
    return scene.ask(ACCOUNT, "POST", CREATE, {"account_type": "checking"})


def _opening_for(scene: Scene, user_id: str, **token: str) -> TestResponse:
    body = {"account_type": "checking", "user_id": user_id}
    return scene.staff(ACCOUNT, "POST", CREATE, body, **token)


def _card(scene: Scene, action: str, body: object = None, *, after: str = "", **headers: str) -> TestResponse:
    """What comes of this on their card, after something else was done to it."""
    path = f"/api/cards/{scene.owner.ids['card_id']}"
    if after == "freeze":
        scene.staff(ACCOUNT, "POST", f"{path}/freeze")
    elif after:
        scene.ask(ACCOUNT, "POST", f"{path}/{after}")
    return scene.ask(ACCOUNT, "POST", f"{path}/{action}", body, **headers)


def _too_many_cards(scene: Scene) -> TestResponse:
    body = {"account_id": scene.first}
    return [scene.ask(ACCOUNT, "POST", "/api/cards/create", body) for _ in range(CARDS_PER_ACCOUNT + 1)][-1]


def _disabled(scene: Scene) -> None:
    path = f"/api/auth/users/{scene.owner.user_id}"
    assert scene.staff(AUTH, "PUT", path, {"status": "disabled"}, role="admin").status_code == 200


def _job_is_over(scene: Scene) -> TestResponse:
    wanted = {"seed": 1, "customers": 1, "days": 0}
    job = scene.staff(SIMULATOR, "POST", "/api/simulator/worlds", wanted, role="admin").json["data"]["id"]
    path = f"/api/simulator/jobs/{job}/cancel"
    return [scene.staff(SIMULATOR, "POST", path, role="admin") for _ in range(2)][-1]


def _owner_disabled(scene: Scene) -> TestResponse:
    _disabled(scene)
    return _opening_for(scene, scene.owner.user_id)


def _log_in(scene: Scene, password: str, times: int = 1) -> TestResponse:
    name = scene.ask(AUTH, "GET", "/api/auth/profile").json["data"]["username"]
    body = {"username": name, "password": password}
    return [scene.ask(AUTH, "POST", "/api/auth/login", body) for _ in range(times)][-1]


def _user_disabled(scene: Scene) -> TestResponse:
    name = scene.ask(AUTH, "GET", "/api/auth/profile").json["data"]["username"]
    _disabled(scene)
    return scene.ask(AUTH, "POST", "/api/auth/login", {"username": name, "password": PASSWORD})


def _name_taken(scene: Scene) -> TestResponse:
    name = scene.ask(AUTH, "GET", "/api/auth/profile").json["data"]["username"]
    body = {"username": name, "email": "somebody@example.org", "password": PASSWORD}
    return scene.ask(AUTH, "POST", "/api/auth/register", body)


def _key_reused(scene: Scene) -> TestResponse:
    key = new_id()
    return [scene.pay(amount, scene.second, key) for amount in ("1.00", "2.00")][-1]


def _reverse(scene: Scene, transaction_id: str, body: dict[str, str]) -> TestResponse:
    path = f"/api/transactions/{transaction_id}/reverse"
    return scene.staff(TRANSACTION, "POST", path, {"reason": "a test", **body})


def _not_reversible(scene: Scene) -> TestResponse:
    reversal = _reverse(scene, scene.owner.ids["transaction_id"], {"amount": "1.00"}).json["data"]
    return _reverse(scene, reversal["id"], {})


def _aborted(scene: Scene) -> Error:
    items = [
        {"type": "deposit", "account_id": scene.first, "amount": amount, "idempotency_key": new_id()}
        for amount in ("1.00", "10000.01")
    ]
    return _item(scene.ask(TRANSACTION, "POST", "/api/transactions/batch", {"items": items, "atomic": True}))


def _exchanged(scene: Scene, amount: str, *, quoted: str = "", seconds: int = 60, times: int = 1) -> TestResponse:
    """A payment from euros to yen, at a rate; by a quote for the amount in `quoted`, which is valid for so long."""
    body = {"source": "a test", "margin_bp": 0, "per_euro": {"JPY": "0.5"}}
    scene.staff(
        TRANSACTION, "PUT", "/internal/ledger/exchange-rates/2026-01-05", body, role="service", scope="ledger:accounts"
    )
    order = {"from_account_id": scene.first, "to_account_id": scene.opened("JPY"), "amount": amount}
    if quoted:
        scene.breaking.setattr(agreement, "VALID_US", seconds * 10**6)
        wanted = {"from_currency": "EUR", "to_currency": "JPY", "amount": quoted}
        quote = scene.ask(TRANSACTION, "POST", "/api/transactions/quotes", wanted)
        order["quote_id"] = quote.json["data"]["id"]
    return [scene.ask(TRANSACTION, "POST", "/api/transactions/transfer", order) for _ in range(times)][-1]


def _above_the_days(scene: Scene) -> TestResponse:
    for _ in range(2):
        scene.move("deposit", "9000.00")
    return [scene.move("withdraw", "9000.00") for _ in range(2)][-1]


def _change_product(scene: Scene, body: dict[str, object]) -> TestResponse:
    return scene.staff(ACCOUNT, "PUT", "/api/products/savings", body, role="admin")


def _new_product(scene: Scene, body: dict[str, object]) -> TestResponse:
    return scene.staff(ACCOUNT, "POST", "/api/products", body, role="admin")


def _clock_back(scene: Scene) -> TestResponse:
    body = {"advance_to": "2020-01-01T00:00:00Z"}
    return scene.staff(TRANSACTION, "POST", "/api/transactions/clock", body, scope="bank:simulate")


def _hold(scene: Scene, action: str, body: dict[str, str]) -> TestResponse:
    path = f"/api/transactions/holds/{scene.owner.ids['hold_id']}/{action}"
    return scene.staff(TRANSACTION, "POST", path, body)


def _authorized(scene: Scene, action: str) -> TestResponse:
    path = f"/api/card-network/authorizations/{scene.owner.ids['authorization_id']}/{action}"
    return scene.staff(TRANSACTION, "POST", path, {}, scope="cards:acquire")


def _resolved(scene: Scene) -> TestResponse:
    path = f"/api/card-network/disputes/{scene.owner.ids['dispute_id']}/resolve"
    return scene.staff(TRANSACTION, "POST", path, {"won": True})


def _order_ended(scene: Scene) -> TestResponse:
    path = f"/api/standing-orders/{scene.owner.ids['standing_order_id']}"
    assert scene.ask(TRANSACTION, "DELETE", path).status_code == 200
    return scene.ask(TRANSACTION, "POST", f"{path}/resume", {})


def _mandate(scene: Scene, reference: str, **more: str) -> TestResponse:
    number = scene.owner.ids["account_number"]
    body = {"creditor_account_id": scene.second, "debtor_account_number": number, "reference": reference, **more}
    return scene.ask(TRANSACTION, "POST", "/api/direct-debits/mandates", body)


def _collect(scene: Scene, mandate_id: str) -> TestResponse:
    body = {"mandate_id": mandate_id, "amount": "1.00", "due_on": "2190-01-01"}
    return scene.ask(TRANSACTION, "POST", "/api/direct-debits/collections", body)


def _collected_twice(scene: Scene) -> TestResponse:
    mandate_id = _mandate(scene, "ONCE", kind="once").json["data"]["id"]
    scene.ask(TRANSACTION, "POST", f"/api/direct-debits/mandates/{mandate_id}/confirm", {})
    return [_collect(scene, mandate_id) for _ in range(2)][-1]


def _collection(scene: Scene, action: str, times: int = 1) -> TestResponse:
    path = f"/api/direct-debits/collections/{scene.owner.ids['collection_id']}/{action}"
    return [scene.ask(TRANSACTION, "POST", path, {}) for _ in range(times)][-1]


def _unavailable(scene: Scene) -> TestResponse:
    scene.without(ACCOUNT)
    return scene.ask(services.GATEWAY, "GET", LIST)


def _raw(scene: Scene, body: bytes, content_type: str = "application/json") -> TestResponse:
    path = "/api/transactions/transfer"
    return scene.bank.client(TRANSACTION).post(path, data=body, headers=scene.owner.headers, content_type=content_type)


MET: dict[str, Callable[[Scene], TestResponse | Error]] = {
    "ACCOUNT_BUSY": _busy,
    "ACCOUNT_CLOSED": _closed,
    "ACCOUNT_FROZEN": _frozen,
    "ACCOUNT_HAS_COLLECTIONS": closed_while_refundable,
    "ACCOUNT_LIMIT_REACHED": _too_many_accounts,
    "AUTHORIZATION_ENDED": lambda scene: [_authorized(scene, "reverse") for _ in range(2)][-1],
    "DISPUTE_RESOLVED": lambda scene: [_resolved(scene) for _ in range(2)][-1],
    "NOT_DISPUTABLE": disputed_transfer,
    **MET_BY_CARDS,
    "ACCOUNT_NOT_EMPTY": lambda scene: scene.ask(ACCOUNT, "DELETE", f"/api/accounts/close/{scene.first}"),
    "AMOUNT_TOO_SMALL": lambda scene: _exchanged(scene, "1.00"),
    "PRODUCT_CHANGED": lambda scene: _change_product(scene, {"version": 99, "name": "Savings"}),
    "PRODUCT_EXISTS": lambda scene: _new_product(
        scene, {"code": "savings", "account_type": "savings", "name": "Savings"}
    ),
    "BATCH_ABORTED": _aborted,
    "CARD_ENDED": lambda scene: _card(scene, "freeze", after="cancel"),
    "CARD_FROZEN_BY_BANK": lambda scene: _card(scene, "unfreeze", after="freeze"),
    "CARD_LIMIT_REACHED": _too_many_cards,
    "CLOCK_BACKWARDS": _clock_back,
    "CURRENCY_MISMATCH": lambda scene: scene.move("deposit", "1.00", currency="USD"),
    "DAILY_LIMIT_EXCEEDED": _above_the_days,
    "DEADLINE_EXCEEDED": lambda scene: scene.ask(ACCOUNT, "GET", LIST, **{TIMEOUT_HEADER: "0"}),
    "HOLD_NOT_PENDING": lambda scene: [_hold(scene, "void", {}) for _ in range(2)][-1],
    "HOLD_OF_CARD_PAYMENT": hold_of_card_payment,
    "COLLECTION_SETTLED": lambda scene: _collection(scene, "cancel", times=2),
    "MANDATE_EXISTS": lambda scene: [_mandate(scene, "TWICE") for _ in range(2)][-1],
    "MANDATE_IS_ONCE": _collected_twice,
    "MANDATE_NOT_ACTIVE": lambda scene: _collect(scene, _mandate(scene, "NEW").json["data"]["id"]),
    "NOT_REFUNDABLE": lambda scene: _collection(scene, "refund"),
    "ORDER_ENDED": _order_ended,
    "PAYEE_EXISTS": payee_twice,
    "PAYEE_LIMIT_REACHED": lambda scene: too_many_payees(scene, PAYEES_PER_PERSON),
    "MORE_THAN_HELD": lambda scene: _hold(scene, "capture", {"amount": "1.51"}),
    "FORBIDDEN": lambda scene: scene.ask(AUTH, "GET", "/api/auth/users"),
    "HEADERS_TOO_LARGE": lambda _: _unread(HEAD_TOO_LARGE),
    "IDEMPOTENCY_KEY_INVALID": lambda scene: scene.pay("1.00", scene.second, "k" * 256),
    "IDEMPOTENCY_KEY_IN_FLIGHT": _in_flight,
    "IDEMPOTENCY_KEY_REUSED": _key_reused,
    "INSUFFICIENT_FUNDS": lambda scene: scene.move("withdraw", "99.00"),
    "INTERNAL_ERROR": lambda scene: scene.failing(ZeroDivisionError()),
    "INVALID_CREDENTIALS": lambda scene: _log_in(scene, "not the one"),
    "JOB_IS_OVER": _job_is_over,
    "MALFORMED_REQUEST": lambda scene: _raw(scene, b"{"),
    "METHOD_NOT_ALLOWED": lambda scene: scene.ask(ACCOUNT, "DELETE", LIST),
    "MOVEMENT_LIMIT_EXCEEDED": lambda scene: scene.move("withdraw", "10000.01"),
    "NOT_FOUND": lambda scene: scene.ask(ACCOUNT, "GET", f"/api/accounts/details/{new_id()}"),
    "NOT_IMPLEMENTED": lambda _: _unread(UNSUPPORTED_CODING),
    "NOT_REVERSIBLE": _not_reversible,
    "NOT_SYNTHETIC": lambda scene: _opening_for(scene, scene.owner.user_id, role="service", scope="bank:simulate"),
    "NO_WORLD": lambda scene: scene.staff(SIMULATOR, "POST", "/api/simulator/advance", {"days": 1}, role="admin"),
    "OWNER_DISABLED": _owner_disabled,
    "OWNER_UNKNOWN": lambda scene: _opening_for(scene, new_id()),
    "OWN_INTEREST": lambda scene: scene.staff(
        ACCOUNT, "POST", f"/api/accounts/{scene.first}/freeze", {"reason": "a test"}, user_id=scene.owner.user_id
    ),
    "PAYLOAD_TOO_LARGE": lambda scene: _raw(scene, b" " * (4 * 1024 * 1024 + 1)),
    "QUOTE_EXPIRED": lambda scene: _exchanged(scene, "10.00", quoted="10.00", seconds=0),
    "QUOTE_MISMATCH": lambda scene: _exchanged(scene, "10.00", quoted="20.00"),
    "QUOTE_USED": lambda scene: _exchanged(scene, "10.00", quoted="10.00", times=2),
    "NOTICE_REQUIRED": withdrawn_without_notice,
    "RATE_UNAVAILABLE": lambda scene: scene.pay("1.00", scene.opened("KWD")),
    "RATE_LIMITED": lambda scene: _own_gateway(scene, Settings(api_limit="1/minute"), times=2),
    "REQUEST_TIMEOUT": lambda _: _unread(TOO_SLOW),
    "REVERSAL_TOO_LARGE": lambda scene: _reverse(scene, scene.owner.ids["transaction_id"], {"amount": "12.35"}),
    "SAME_ACCOUNT": lambda scene: scene.pay("1.00", scene.first),
    "SERVICE_UNAVAILABLE": _unavailable,
    "STORAGE_FULL": lambda scene: scene.failing(OperationalError("", {}, Exception("database or disk is full"))),
    "RESET_TOKEN_INVALID": lambda scene: scene.ask(
        AUTH, "POST", "/api/auth/reset_password", {"token": "none", "new_password": PASSWORD}
    ),
    "TOKEN_EXPIRED": lambda scene: scene.ask(
        ACCOUNT, "GET", LIST, **scene.bank.keys.headers(new_id(), life_seconds=-60)
    ),
    "TOO_MANY_WEBHOOKS": too_many_webhooks,
    "TOO_MANY_ATTEMPTS": lambda scene: _log_in(scene, "not the one", times=7),
    "UNAUTHENTICATED": lambda scene: scene.ask(ACCOUNT, "GET", LIST, Authorization="Bearer no"),
    "UNKNOWN_HOST": lambda scene: _own_gateway(scene, Settings(hosts=HostNames(["bank.example"]))),
    "UNSUPPORTED_MEDIA_TYPE": lambda scene: _raw(scene, b"{}", "text/plain"),
    "URI_TOO_LONG": lambda _: _unread(TARGET_TOO_LONG),
    "USERNAME_TAKEN": _name_taken,
    "USER_DISABLED": _user_disabled,
    "VALIDATION_ERROR": lambda scene: scene.move("deposit", "1.234"),
    "WRONG_PASSWORD": lambda scene: scene.ask(
        AUTH,
        "POST",
        "/api/auth/change_password",
        {"current_password": "not the one", "new_password": "another long and quiet afternoon"},
    ),
}

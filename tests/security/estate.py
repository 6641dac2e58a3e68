"""Somebody's belongings at the bank, made through its public API: what a stranger will try to reach."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from shared import services
from shared.services import Service
from shared.time import clock
from tests.apps import Bank
from tests.cards import CAFE, NETWORK
from transaction_service.card_bills.billing import make_statements
from transaction_service.due_work import bank_clock, queue
from transaction_service.due_work.queue import Due

_FAR = "2190-01-01"
PASSWORD = "a long and quiet afternoon"


@dataclass(frozen=True)
class Estate:
    """A customer and what is theirs, by the name that a path or a body gives it (`account_id`, `session_id`, ...)."""

    bank: Bank
    user_id: str
    headers: dict[str, str]
    ids: dict[str, str]

    def call(self, service: Service, method: str, path: str, payload: object = None) -> TestResponse:
        """One request of the owner's."""
        return self.bank.client(service).open(path, method=method, json=payload, headers=self.headers, buffered=True)

    def state(self) -> list[Any]:
        """Everything of theirs that a stranger might change or take away."""
        asked = (
            (services.AUTH, "/api/auth/profile"),
            (services.AUTH, "/api/auth/sessions"),
            (services.ACCOUNT, "/api/accounts/list"),
            (services.ACCOUNT, "/api/cards/list"),
            (services.TRANSACTION, "/api/transactions/list"),
            (services.TRANSACTION, "/api/transactions/holds"),
            (services.TRANSACTION, "/api/card-network/authorizations"),
            (services.TRANSACTION, "/api/card-network/disputes"),
            (services.TRANSACTION, "/api/transactions/upcoming"),
            (services.TRANSACTION, "/api/payees"),
            (services.TRANSACTION, "/api/standing-orders"),
            (services.TRANSACTION, "/api/scheduled-payments"),
            (services.TRANSACTION, "/api/direct-debits/mandates"),
            (services.TRANSACTION, "/api/direct-debits/collections"),
            (services.NOTIFICATION, "/api/notifications/list"),
            (services.NOTIFICATION, "/api/webhooks"),
            (services.REPORTING, "/api/reports/list"),
            (services.REPORTING, "/api/reports/custom"),
        )
        replies = [self.call(service, "GET", path) for service, path in asked]
        assert [reply.status_code for reply in replies] == [200] * len(asked)
        return [_without_last_use(reply.json["data"]) for reply in replies]


class Belongings(dict[str, str]):
    """Ids by their names; those that take long to make are made when the first of them is asked for."""

    def __init__(self, known: dict[str, str], rest: Callable[[], dict[str, str]]) -> None:
        super().__init__(known)
        self._rest: Callable[[], dict[str, str]] | None = rest

    def __missing__(self, name: str) -> str:
        self.complete()
        return dict(self)[name]

    def complete(self) -> None:
        """Make all that there is to be."""
        rest, self._rest = self._rest, None
        self.update(rest() if rest is not None else {})


def found_estate(bank: Bank, username: str) -> Estate:
    """Register somebody, sign them in, open two accounts with money, move some, and give them one of everything."""
    estate = begun_estate(bank, username)
    assert isinstance(estate.ids, Belongings)
    estate.ids.complete()
    return Estate(bank, estate.user_id, estate.headers, dict(estate.ids))


def begun_estate(bank: Bank, username: str) -> Estate:
    """The same, with what is not asked for left out: but for accounts, a transfer and a log-in."""
    auth = bank.client(services.AUTH)
    person = {"username": username, "email": f"{username}@example.org", "password": PASSWORD, "full_name": "Bob Stone"}
    user = auth.post("/api/auth/register", json=person).json["data"]
    signed_in = auth.post("/api/auth/login", json={"username": username, "password": PASSWORD}).json["data"]
    headers = {"Authorization": f"Bearer {signed_in['access_token']}"}
    owner = Estate(bank, user["id"], headers, {})
    account, second = (
        _data(
            owner.call(
                services.ACCOUNT, "POST", "/api/accounts/create", {"account_type": kind, "initial_deposit": "90.00"}
            )
        )
        for kind in ("checking", "savings")
    )
    move = {"from_account_id": account["id"], "to_account_id": second["id"], "amount": "12.34"}
    known = {
        "user_id": user["id"],
        "account_id": account["id"],
        "account_number": account["account_number"],
        "second_account_id": second["id"],
        "transaction_id": _data(owner.call(services.TRANSACTION, "POST", "/api/transactions/transfer", move))["id"],
        "refresh_token": signed_in["refresh_token"],
    }
    return Estate(bank, user["id"], headers, Belongings(known, lambda: _rest(owner, account, second)))


def _rest(owner: Estate, account: dict[str, str], second: dict[str, str]) -> dict[str, str]:
    bank = owner.bank
    too_much = {"from_account_id": account["id"], "to_account_id": second["id"], "amount": "9999.00"}
    refused = owner.call(services.TRANSACTION, "POST", "/api/transactions/transfer", too_much)
    assert refused.json["error_code"] == "INSUFFICIENT_FUNDS"
    held = bank.client(services.TRANSACTION).post(
        "/api/transactions/holds",
        json={"account_id": account["id"], "amount": "1.50"},
        headers=bank.headers("employee"),
    )
    history = owner.call(services.TRANSACTION, "GET", "/api/transactions/list?status=refused")
    (session,) = _data(owner.call(services.AUTH, "GET", "/api/auth/sessions"))
    bank.settle()
    report = _data(owner.call(services.REPORTING, "GET", f"/api/reports/account/{account['id']}"))
    built = {"name": "Spending", "measures": ["sum"], "dimensions": ["month"], "schedule": "monthly"}
    custom = _data(owner.call(services.REPORTING, "POST", "/api/reports/custom", built))
    notifications = _data(owner.call(services.NOTIFICATION, "GET", "/api/notifications/list"))
    return {
        "report_id": report["id"],
        "custom_report_id": custom["id"],
        "run_id": custom["latest_run"]["id"],
        "notification_id": notifications[0]["id"],
        "hold_id": _data(held)["id"],
        **_card_payments(owner, account["id"]),
        **_credit_card(owner, account["id"]),
        **_arranged(owner, account, second),
        **_webhook(owner),
        "refused_attempt_id": _data(history)[0]["id"],
        "session_id": session["id"],
    }


def _card_payments(owner: Estate, account_id: str) -> dict[str, str]:
    """A card of the account, a payment that is held on it, and one that was collected and is disputed."""
    card_id = _data(owner.call(services.ACCOUNT, "POST", "/api/cards/create", {"account_id": account_id}))["id"]
    ledger = owner.bank.client(services.TRANSACTION)
    asked = {"card_id": card_id, "amount": "1.00", "currency": "EUR", "merchant": CAFE, "channel": "chip"}
    acquirer = owner.bank.headers("admin", scope="cards:acquire")
    held, paid = (
        _data(ledger.post(f"{NETWORK}/authorizations", json={**asked, "capture": capture}, headers=acquirer))
        for capture in (False, True)
    )
    dispute = {"transaction_id": paid["id"], "reason": "Not mine"}
    disputed = _data(owner.call(services.TRANSACTION, "POST", f"{NETWORK}/disputes", dispute))
    return {
        "card_id": card_id,
        "authorization_id": held["id"],
        "card_transaction_id": paid["id"],
        "dispute_id": disputed["id"],
    }


def _credit_card(owner: Estate, account_id: str) -> dict[str, str]:
    """A credit card that is settled from the account, and a bill of it: made now, as if it were its billing day."""
    body = {"kind": "credit", "settlement_account_id": account_id, "credit_limit": "100.00"}
    card = _data(owner.call(services.ACCOUNT, "POST", "/api/cards/create", body))
    ledger = owner.bank.apps[services.TRANSACTION.package].extensions["context"]
    with ledger.database.write() as connection:
        bank_time = bank_clock.read(connection, now_us=clock.now_us()).now_us
        due = Due(0, queue.CARD_BILLING, card["account_id"], bank_time, 0)
        make_statements(clock.now_us, connection, [due])
    _, made = _data(owner.call(services.ACCOUNT, "GET", f"/api/cards/{card['id']}/statements"))
    return {"credit_card_id": card["id"], "statement_id": made["id"]}


def _arranged(owner: Estate, account: dict[str, str], second: dict[str, str]) -> dict[str, str]:
    """A payee, a standing order, a scheduled payment, and a mandate between the two accounts that was confirmed."""

    def made(path: str, payload: dict[str, str]) -> str:
        return str(_data(owner.call(services.TRANSACTION, "POST", path, payload))["id"])

    sides = {"from_account_id": account["id"], "to_account_id": second["id"], "amount": "1.00"}
    mandate = {
        "creditor_account_id": second["id"],
        "debtor_account_number": account["account_number"],
        "reference": "POWER-4711",
    }
    mandate_id = made("/api/direct-debits/mandates", mandate)
    _data(owner.call(services.TRANSACTION, "POST", f"/api/direct-debits/mandates/{mandate_id}/confirm", {}))
    collection = {"mandate_id": mandate_id, "amount": "1.00", "due_on": _FAR}
    return {
        "payee_id": made("/api/payees", {"name": "Me", "account_number": second["account_number"]}),
        "standing_order_id": made("/api/standing-orders", {**sides, "frequency": "monthly", "first_on": _FAR}),
        "scheduled_payment_id": made("/api/scheduled-payments", {**sides, "execute_on": _FAR}),
        "mandate_id": mandate_id,
        "collection_id": made("/api/direct-debits/collections", collection),
    }


def _webhook(owner: Estate) -> dict[str, str]:
    """A webhook, and a message on its way to it; nothing is sent, as no worker runs."""
    asked = {"url": "https://example.org/hook", "events": ["*"]}
    webhook_id = _data(owner.call(services.NOTIFICATION, "POST", "/api/webhooks", asked))["id"]
    ping = _data(owner.call(services.NOTIFICATION, "POST", f"/api/webhooks/{webhook_id}/ping", {}))
    return {"webhook_id": webhook_id, "delivery_id": ping["id"]}


def _data(reply: TestResponse) -> Any:
    assert reply.status_code < 300, reply.text
    return reply.json["data"]


def _without_last_use(rows: Any) -> Any:
    return [{**row, "last_used_at": ""} for row in rows] if isinstance(rows, list) else rows

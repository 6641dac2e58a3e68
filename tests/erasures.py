"""Somebody of whom every service keeps names and texts, and what the databases still say of them afterwards."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import LargeBinary, select

from account_service import holder_names
from account_service.recovery import recover
from shared import services
from shared.identifiers import new_id
from shared.identity.service_tokens import ServiceToken
from shared.network.discovery import Discovery
from shared.storage.database import Database
from tests.cards import CAFE
from tests.reporting_bank import Customer, ReportingBank, payment

NAME, USERNAME, EMAIL = "Quintilia Zappelfrau", "quintilia.z", "quintilia@zappelfrau.example"
TYPED = "xyzzy"
"""Part of every text that they type, but for the purpose of a payment that is booked."""
BOOKED = "Plugh rent"
PASSWORD = "a quiet place by the sea"
SCARS = (NAME, "Quintilia", USERNAME, EMAIL, TYPED)


@dataclass
class Person:
    """Them, with what they have at the bank."""

    customer: Customer
    account: dict[str, Any]

    @property
    def id(self) -> str:
        """Their user id."""
        return self.customer.id

    @property
    def headers(self) -> dict[str, str]:
        """As them."""
        return self.customer.headers


def somebody(bank: ReportingBank, other: Customer) -> Person:
    """Register them by the public API, and let them leave their name everywhere; `other` is whom they pay."""
    auth = bank.bank.client(services.AUTH)
    facts = {"username": USERNAME, "email": EMAIL, "full_name": NAME, "password": PASSWORD}
    made = auth.post("/api/auth/register", json=facts)
    assert made.status_code == 201, made.text
    user_id = made.json["data"]["id"]
    for agent in ("Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0", f"agent {TYPED}"):
        log_in = {"username": USERNAME, "password": PASSWORD}
        assert auth.post("/api/auth/login", json=log_in, headers={"User-Agent": agent}).status_code == 200
    headers = bank.bank.headers(user_id=user_id)
    them = Customer(user_id, headers)
    account = _did(bank, services.ACCOUNT, "/api/accounts/create", headers, {
        "account_type": "checking", "nickname": f"Nick {TYPED}", "initial_deposit": "500.00",
        })  # fmt: skip
    them.accounts.append(account)
    _use_everything(bank, them, account, other)
    return Person(them, account)


def _use_everything(bank: ReportingBank, them: Customer, account: dict[str, Any], payer: Customer) -> None:
    ledger, headers, number = services.TRANSACTION, them.headers, payer.accounts[0]["account_number"]
    card = _did(bank, services.ACCOUNT, "/api/cards/create", headers, {
        "account_id": account["id"], "nickname": f"Card {TYPED}"})  # fmt: skip
    assert card["nickname"].endswith(TYPED)
    _dispute(bank, them, card["id"])
    _did(bank, services.ACCOUNT, f"/api/cards/{card['id']}/cancel", headers, {})
    payee = {"name": f"Payee {TYPED}", "account_number": number, "reference": f"ref {TYPED}"}
    payee_id = _did(bank, ledger, "/api/payees", headers, payee)["id"]
    order = {
        "from_account_id": account["id"],
        "payee_id": payee_id,
        "amount": "1.00",
        "description": f"Order {TYPED}",
        "frequency": "monthly",
        "first_on": "2036-01-31",
    }
    _did(bank, ledger, "/api/standing-orders", headers, order)
    hold = {"account_id": account["id"], "amount": "5.00", "description": f"Hold {TYPED}"}
    staff = bank.bank.headers("employee")
    held = _did(bank, ledger, "/api/transactions/holds", staff, hold)
    _did(bank, ledger, f"/api/transactions/holds/{held['id']}/void", staff, {})
    mandate = {"creditor_account_id": account["id"], "debtor_account_number": number, "reference": f"MEMBER {TYPED}"}
    _collect(bank, them, _did(bank, ledger, "/api/direct-debits/mandates", headers, mandate)["id"], payer)
    refused = {"from_account_id": account["id"], "to_account_number": number, "amount": "9000.00"}
    reply = bank.bank.client(ledger).post(
        "/api/transactions/transfer", json={**refused, "description": f"Dream {TYPED}"}, headers=headers
    )
    assert reply.status_code == 400
    rent = {**refused, "amount": "12.34", "description": BOOKED}
    _did(bank, ledger, "/api/transactions/transfer", headers, rent)
    hook = {"url": "https://example.org/hook", "events": ["*"], "description": f"Hook {TYPED}"}
    _did(bank, services.NOTIFICATION, "/api/webhooks", headers, hook)
    _did(bank, services.NOTIFICATION, "/api/webhooks", bank.bank.headers("admin"), {**hook, "description": "bank's"})
    bank.follow()
    bank.report(f"/account/{account['id']}", headers)
    bank.report(f"/account/{account['id']}", bank.bank.headers("employee"))
    profile = {"full_name": f"{NAME} Again"}
    reply = bank.bank.client(services.AUTH).put("/api/auth/update_profile", json=profile, headers=headers)
    assert reply.status_code == 200, reply.text
    _carry_name_on(bank)
    bank.follow()


def _dispute(bank: ReportingBank, them: Customer, card_id: str) -> None:
    """A shop is paid by card twice, and both payments are disputed: one is given back, one is not."""
    ledger, shop = services.TRANSACTION, bank.bank.headers("service", user_id="acquirer", scope="cards:acquire")
    for won in (True, False):
        asked = {"card_id": card_id, "amount": "2.00", "currency": "EUR", "merchant": CAFE, "channel": "chip"}
        paid = _did(bank, ledger, "/api/card-network/authorizations", shop, asked)
        captured = _did(bank, ledger, f"/api/card-network/authorizations/{paid['id']}/capture", shop, {})
        reason = {"transaction_id": captured["id"], "reason": f"Reason {TYPED}"}
        dispute = _did(bank, ledger, "/api/card-network/disputes", them.headers, reason)
        path = f"/api/card-network/disputes/{dispute['id']}/resolve"
        _did(bank, ledger, path, bank.bank.headers("employee"), {"won": won})


def _collect(bank: ReportingBank, them: Customer, mandate_id: str, payer: Customer) -> None:
    """Who is to pay them agrees; they announce to collect, and call that off."""
    ledger, path = services.TRANSACTION, "/api/direct-debits"
    _did(bank, ledger, f"{path}/mandates/{mandate_id}/confirm", payer.headers, {})
    wanted = {
        "mandate_id": mandate_id,
        "amount": "3.00",
        "due_on": "2036-01-31",
        "description": f"Dues {TYPED}",
        "end_to_end_id": f"E2E {TYPED}",
    }
    made = _did(bank, ledger, f"{path}/collections", them.headers, wanted)
    _did(bank, ledger, f"{path}/collections/{made['id']}/cancel", them.headers, {})


def _carry_name_on(bank: ReportingBank) -> None:
    """From auth to the account service, and on to the ledger, as background threads would."""
    context = bank.bank.apps[services.ACCOUNT.package].extensions["context"]
    discovery = Discovery()
    holder_names.consumer(context.database, discovery, ServiceToken(services.ACCOUNT, discovery)).catch_up()
    recover(context)


def close_accounts(bank: ReportingBank, person: Person, other: Customer) -> None:
    """Move what is left, and close."""
    ledger, account = services.TRANSACTION, person.account
    details = bank.bank.client(services.ACCOUNT).get(f"/api/accounts/details/{account['id']}", headers=person.headers)
    left = details.json["data"]["balance"]
    moved = {**payment(account, other.accounts[0], left), "description": BOOKED}
    del moved["type"]
    _did(bank, ledger, "/api/transactions/transfer", person.headers, moved)
    closed = bank.bank.client(services.ACCOUNT).delete(f"/api/accounts/close/{account['id']}", headers=person.headers)
    assert closed.status_code == 200, closed.text


def ask(bank: ReportingBank, person: Person, password: str = PASSWORD) -> Any:
    """They ask for it themselves; the reply."""
    client = bank.bank.client(services.AUTH)
    return client.post("/api/auth/erasure", json={"current_password": password}, headers=person.headers)


Kept = dict[str, tuple[str, ...]]
"""What may still be said, by `service.table.column`."""


def scars(databases: dict[str, Database], kept: Kept | None = None) -> set[str]:
    """Where in any database something of them can still be read, but for what is kept: `service.table.column`."""
    found = set()
    for package, database in databases.items():
        for table in database._db.metadata.sorted_tables:
            with database.read() as connection:
                rows = connection.execute(select(table)).mappings().all()
            for column in table.columns:
                if isinstance(column.type, LargeBinary):
                    continue
                name = f"{package}.{table.name}.{column.name}"
                said = json.dumps([str(row[column.name]) for row in rows], ensure_ascii=False)
                for allowed in (kept or {}).get(name, ()):
                    said = said.replace(json.dumps(allowed, ensure_ascii=False)[1:-1], "")
                if any(scar in said for scar in SCARS):
                    found.add(name)
    return found


def _did(bank: ReportingBank, service: Any, path: str, headers: dict[str, str], body: dict[str, Any]) -> Any:
    keyed = path in {"/api/accounts/create", "/api/cards/create"} or path.endswith("/cancel")
    headers = {**headers, **({"Idempotency-Key": new_id()} if keyed else {})}
    reply = bank.bank.client(service).post(path, json=body, headers=headers)
    assert reply.status_code < 300, f"{path}: {reply.text}"
    return reply.json["data"]

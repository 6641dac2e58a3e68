"""A bank that answers with what a test wrote down, for screens that must show a certain moment."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel

from account_service.payloads import Account
from auth_service.users.payloads import User
from reporting_service.reports.bank_payloads import SystemReport
from sandbank import (
    BankError,
    Client,
    NoReplyError,
    OutcomeUnknownError,
    Reply,
    Request,
    ServiceCredentials,
    UnavailableError,
)
from shared.http.payloads import list_of, reply_of
from simulator_service.payloads import Job, LiveMode, SimulatorStatus
from transaction_service.payloads import Transaction

Body = dict[str, Any]
FOUND = "0190a8c0-0000-7000-8000-00000000000c"
NOW = "2026-11-20T15:04:05.000000Z"
WORLD = "0190a8c0-0000-7000-8000-00000000000a"
Answer = Body | BankError | Callable[[Body], Body]
REPLIES: dict[str, type[BaseModel]] = {
    "GET /api/simulator/status": reply_of(SimulatorStatus),
    "GET /api/simulator/jobs/": reply_of(Job),
    "GET /api/auth/users": list_of(User),
    "POST /api/auth/users": reply_of(User),
    "GET /api/accounts/all": list_of(Account),
    "POST /api/accounts/create": reply_of(Account),
    "POST /api/simulator/worlds": reply_of(Job),
    "POST /api/simulator/advance": reply_of(Job),
    "POST /api/simulator/live": reply_of(LiveMode),
    "GET /api/reports/system": reply_of(SystemReport),
    "GET /api/transactions/all": list_of(Transaction),
    "POST /api/transactions/deposit": reply_of(Transaction),
    "POST /api/transactions/withdraw": reply_of(Transaction),
    "POST /api/transactions/transfer": reply_of(Transaction),
}
"""What the real services answer, by the beginning of "METHOD path": the models that their OpenAPI documents show."""


class ScriptedBank:
    """A transport of the typed client. `answers` by "METHOD path"; `sent` is what was asked to be done, in order.

    An answer that the real service could not give fails the test.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {
            "GET /api/simulator/status": {"data": status()},
            "GET /api/reports/system": {"data": system()},
            "GET /api/transactions/all": {"data": [transaction(number) for number in range(50)]},
        }
        self.sent: list[tuple[str, Body, str | None]] = []

    def client(self) -> "ScriptedClient":
        """The client of this bank, logged in."""
        return ScriptedClient(self)

    def send(self, request: Request, seconds: float) -> Reply:
        """What the test wrote down for this request."""
        assert seconds > 0
        path, _, query = request.path.partition("?")
        name = f"{request.method} {path}"
        facts: Body = dict(parse_qsl(query))
        if request.body is not None:
            facts = json.loads(request.body)
            self.sent.append((name, facts, request.headers.get("Idempotency-Key")))
        answer = self.answers[name]
        if isinstance(answer, BankError):
            return _refusal(answer)
        body = answer(facts) if callable(answer) else answer
        return Reply(200, json.dumps(as_the_service_would(name, body)).encode())


class ScriptedClient(Client):
    """The typed client over what a test wrote down."""

    url = "http://bank.test"

    def __init__(self, bank: ScriptedBank) -> None:
        super().__init__(transport=bank, credentials=ServiceCredentials(lambda: "token"))


def as_the_service_would(name: str, answer: Body) -> Body:
    """The whole reply. Raises ValidationError for one that does not fit the real service's model."""
    reply = {"success": True, **answer}
    if isinstance(answer["data"], list):
        reply.setdefault("next_cursor", None)
    (model,) = [found for beginning, found in REPLIES.items() if name.startswith(beginning)]
    model.model_validate(reply)
    return reply


def refused(message: str, *, status: int = 400, code: str = "REFUSED", **details: Any) -> BankError:
    """A clear no."""
    return BankError(message, code=code, status=status, details=details)


def away(message: str) -> BankError:
    """A part of the bank does not answer."""
    return UnavailableError(message, code="SERVICE_UNAVAILABLE", status=503)


def silence() -> BankError:
    """No reply to what was sent."""
    return OutcomeUnknownError("", code="DEADLINE_EXCEEDED")


def ended() -> BankError:
    """A session that the bank does not know any more."""
    return BankError("Your session has ended.", code="UNAUTHENTICATED", status=401)


def _refusal(error: BankError) -> Reply:
    if isinstance(error, OutcomeUnknownError):
        raise NoReplyError(ScriptedClient.url)
    return Reply(error.status, json.dumps(error.body).encode())


def status(**changes: Any) -> Body:
    """The simulator's."""
    world = {
        "id": WORLD,
        "seed": 7,
        "customers": 20,
        "preset": "base",
        "currency": "EUR",
        "status": "alive",
        "people": 20,
        "accounts": 32,
        "posted": 12_000,
        "refused": 321,
        "plan_sha256": "0" * 64,
        "start": NOW,
        "lived_until": NOW,
        "created_at": NOW,
    }
    live = {"running": False, "speed": 1}
    return {"bank_time": NOW, "world": world, "worlds": [world], "live": live, "job": None, **changes}


def system(position: int = 12_345) -> Body:
    """The report on the whole bank."""
    figures = {"currency": "EUR", "open": 1, "frozen": 0, "closed": 0, "balance": "1.00"}
    return {
        "as_of_position": position,
        "stale": False,
        "users": {"total": 1_234, "synthetic": 1_230, "by_role": {}, "by_status": {}},
        "accounts": [
            {"account_type": "checking", "accounts": 1_000, **figures},
            {"account_type": "savings", "accounts": 17, **figures},
        ],
        "balances": [
            {"currency": "EUR", "customers": "1234567.89", "bank": {}, "sum": "0.00"},
            {"currency": "USD", "customers": "12.00", "bank": {}, "sum": "0.00"},
        ],
        "volumes": {"by_type": [], "by_month": []},
        "growth": [],
        "liquidity": [],
    }


def transaction(number: int = 0, **changes: Any) -> Body:
    """One of the newest."""
    return {
        "id": f"0190a8c0-0000-7000-8000-{number:012d}",
        "type": "card_purchase",
        "status": "completed",
        "amount": f"{1200 + number}.34",
        "currency": "EUR",
        "from_account_id": WORLD,
        "to_account_id": WORLD,
        "account_id": WORLD,
        "direction": "out",
        "balance_after": "1.00",
        "counterparty": {"name": "Corner Shop", "account_number": "DE89"},
        "description": f"Groceries {number}",
        "category": None,
        "reference": "SB-0123456789AB",
        "effective_at": NOW,
        "booked_at": NOW,
        "reverses": None,
        "reversed_amount": "0.00",
        "payer": None,
        "payee": None,
        "initiated_by": {"kind": "customer", "name": None},
        "end_to_end_id": None,
        "due_work_id": None,
        "below_floor": None,
        "exchange": None,
        "card": None,
        "error_code": None,
        **changes,
    }


def user(**changes: Any) -> Body:
    """Somebody with a log-in."""
    return {
        "id": WORLD,
        "username": "ada",
        "email": "ada@example.org",
        "full_name": "Ada Lovelace",
        "role": "customer",
        "status": "active",
        "created_at": NOW,
        "created_at_bank": NOW,
        **changes,
    }


def account(**changes: Any) -> Body:
    """Somebody's account."""
    return {
        "id": FOUND,
        "user_id": WORLD,
        "holder_name": "Ada Lovelace",
        "account_number": "DE89100000000000003000",
        "account_type": "checking",
        "currency": "EUR",
        "balance": "10.00",
        "available_balance": "10.00",
        "held": "0.00",
        "status": "open",
        "status_reason": None,
        "nickname": None,
        "product": "checking",
        "interest_rate": "0.00",
        "accrued_interest": "0.00",
        "overdraft_limit": "0.00",
        "overdraft_rate": "0.00",
        "accrued_overdraft_interest": "0.00",
        "notice_days": 0,
        "created_at": NOW,
        "created_at_bank": NOW,
        "closed_at": None,
        "closed_at_bank": None,
        **changes,
    }


def job(**changes: Any) -> Body:
    """A job of the simulator."""
    return {
        "id": "0190a8c0-0000-7000-8000-00000000000b",
        "kind": "world",
        "status": "running",
        "stage": "living",
        "progress": 0.42,
        "posted": 4_200,
        "refused": 12,
        "transactions_per_second": 812.3,
        "bank_time": NOW,
        "until": NOW,
        "error": None,
        "world_id": WORLD,
        "created_at": NOW,
        "finished_at": None,
        "cancelling": False,
        "log_ins": [],
        **changes,
    }

"""A bank that answers with what a test wrote down, for screens that must show a certain moment."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

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

Body = dict[str, Any]
Answer = Body | BankError | Callable[[Body], Body]


class ScriptedBank:
    """A transport of the typed client. `answers` by "METHOD path"; `sent` is what was asked to be done, in order."""

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
        return Reply(200, json.dumps({"success": True, **body}).encode())


class ScriptedClient(Client):
    """The typed client over what a test wrote down."""

    url = "http://bank.test"

    def __init__(self, bank: ScriptedBank) -> None:
        super().__init__(transport=bank, credentials=ServiceCredentials(lambda: "token"))


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
    world = {"refused": 321, "posted": 12_000, "customers": 20, "status": "alive", "seed": 7}
    live = {"running": False, "speed": 1}
    return {"bank_time": "2026-11-20T15:04:05Z", "world": world, "live": live, "job": None, **changes}


def system(position: int = 12_345) -> Body:
    """The report on the whole bank."""
    return {
        "as_of_position": position,
        "users": {"total": 1_234, "synthetic": 1_230},
        "accounts": [{"account_type": "checking", "accounts": 1_000}, {"account_type": "savings", "accounts": 17}],
        "balances": [
            {"currency": "EUR", "customers": "1234567.89", "bank": {}, "sum": "0.00"},
            {"currency": "USD", "customers": "12.00", "bank": {}, "sum": "0.00"},
        ],
    }


def transaction(number: int = 0, **changes: Any) -> Body:
    """One of the newest."""
    return {
        "id": f"0190a8c0-0000-7000-8000-{number:012d}",
        "type": "card_purchase",
        "amount": f"{1200 + number}.34",
        "currency": "EUR",
        "counterparty": {"name": "Corner Shop", "account_number": "DE89"},
        "description": f"Groceries {number}",
        "effective_at": "2026-11-20T15:04:05Z",
        "reference": "SB-0123456789AB",
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
        "error": None,
        "log_ins": [],
        **changes,
    }

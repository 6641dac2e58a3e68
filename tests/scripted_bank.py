"""A bank that answers the command line with what a test wrote down, for screens that must show a certain moment."""

from collections.abc import Callable
from typing import Any

from cli.errors import CommandError

Body = dict[str, Any]
Answer = Body | CommandError | Callable[[Body], Body]


class ScriptedBank:
    """Stands where `cli.bank.Bank` stands. `answers` by "METHOD path"; `sent` is what was asked, in order."""

    url = "http://bank.test"

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {
            "GET /api/simulator/status": {"data": status()},
            "GET /api/reports/system": {"data": system()},
            "GET /api/transactions/all": {"data": [transaction(number) for number in range(50)]},
        }
        self.sent: list[tuple[str, Body, str | None]] = []

    def get(self, path: str, **query: Any) -> Body:
        """A read."""
        return self._answer(f"GET {path}", query)

    def call(self, method: str, path: str, payload: Body, *, idempotency_key: str | None = None) -> Body:
        """A write."""
        self.sent.append((f"{method} {path}", payload, idempotency_key))
        return self._answer(f"{method} {path}", payload)

    def _answer(self, name: str, facts: Body) -> Body:
        answer = self.answers[name]
        if isinstance(answer, CommandError):
            raise answer
        return answer(facts) if callable(answer) else answer


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

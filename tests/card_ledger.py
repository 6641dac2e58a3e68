"""A stand-in for the ledger's knowledge of cards, in front of the real ledger, held to what the two services agreed."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from shared import clock

PREFIX = "/internal/ledger/cards/"
_FACTS = ("account_id", "kind", "card_number", "security_code", "expires")
_STATE = {"version", "status", "limits", "controls", "blocked_categories"}


class CardLedger:
    """The WSGI app of a ledger that knows cards; `cards` by id, with everything that it was told of them."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.cards: dict[str, dict[str, Any]] = {}
        self.closed_accounts: set[str] = set()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(PREFIX):
            found: Iterable[bytes] = self._app(environ, start_response)
            return found
        told = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        status, body = self._answer(path.removeprefix(PREFIX), told)
        raw = json.dumps(body).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(raw)))])
        return [raw]

    def _answer(self, path: str, told: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        card_id, _, what = path.partition("/")
        known = self.cards.get(card_id)
        if what == "state":
            assert set(told) == _STATE
            if known is None:
                return _refused("404 Not Found", "NOT_FOUND")
        else:
            assert set(told) == {*_STATE, *_FACTS}
            if known is None and told["account_id"] in self.closed_accounts:
                return _refused("409 Conflict", "ACCOUNT_CLOSED")
            if known is None:
                known = self.cards[card_id] = told
            elif any(known[name] != told[name] for name in _FACTS):
                return _refused("409 Conflict", "CARD_CONFLICT")
        if told["version"] > known["version"]:
            known.update(told)
        data = {"card_id": card_id, "account_id": known["account_id"], "version": known["version"], "currency": "EUR"}
        return "200 OK", {"success": True, "data": {**data, "bank_time": clock.to_wire(clock.now_us())}}


def _refused(status: str, code: str) -> tuple[str, dict[str, Any]]:
    return status, {"success": False, "message": "No.", "error_code": code, "details": {}, "request_id": None}

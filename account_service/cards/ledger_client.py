"""The ledger as cards need it: it decides about payments, so it has to know each card as it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from account_service.cards.card_vault import PrintedCard
from account_service.cards.serializers import CONTROLS, LIMITS, blocked_categories
from account_service.internal_api import InternalAPI
from account_service.models import Account, Card
from shared import services
from shared.enums import Channel
from shared.http.pagination import ListQuery
from shared.network.discovery import Discovery
from shared.network.http_client import Answer
from shared.time import clock


@dataclass(frozen=True)
class Payment:
    """What its holder pays of what is owed on a credit card: `amount`, else all of it; from which of their accounts,
    else the one that settles it; `channel`: by which way they said so, in which session.
    """

    amount: str | None
    from_account_id: str | None
    idempotency_key: str | None
    channel: str
    session_id: str | None


class CardLedger:
    """Calls transaction_service. Every call may raise Refused; all are safe to repeat, a payment with its key."""

    def __init__(self, discovery: Discovery, token: Callable[[], str]) -> None:
        self._ask = InternalAPI(services.TRANSACTION, "/internal/ledger", discovery, token)

    def issue(self, card: Card, printed: PrintedCard) -> int:
        """Make the card known there; the bank's time (microseconds). The only call that carries its number."""
        facts = {
            "account_id": card.account_id,
            "kind": card.kind,
            "card_number": printed.number,
            "security_code": printed.security_code,
            "expires": card.expires,
        }
        return self._told(f"/cards/{card.id}", {**facts, **_state(card)})

    def set_state(self, card: Card) -> int:
        """Tell it the card as this version has it; the bank's time. An older version changes nothing there."""
        return self._told(f"/cards/{card.id}/state", _state(card))

    def statements(self, account_id: str, query: ListQuery) -> tuple[list[dict[str, Any]], str | None]:
        """What the next bill of a credit card's account will say, and a page of those there have been, newest first;
        the cursor of the next page. Raises Refused (422) for a cursor of another list.
        """
        wanted = urlencode(query.model_dump(mode="json", exclude_none=True))
        body = self._ask("GET", f"/credit-lines/{account_id}/statements?{wanted}").body
        return body["data"], body["next_cursor"]

    def statement(self, statement_id: str) -> dict[str, Any]:
        """One bill, whosever it is. Raises Refused (404)."""
        found: dict[str, Any] = self._ask("GET", f"/card-statements/{statement_id}").data
        return found

    def pay(self, account: Account, payment: Payment, *, app: str | None) -> Answer:
        """Pay what is owed on a credit card's account, for its holder or by an `app` for them; the transaction."""
        payload = {
            "user_id": account.user_id,
            "user_name": account.holder_name,
            "session_id": payment.session_id if app is None else None,
            "app": app,
            "channel": payment.channel if app is None else Channel.SIMULATOR,
            "from_account_id": payment.from_account_id,
            "amount": payment.amount,
            "idempotency_key": payment.idempotency_key,
        }
        return self._ask("POST", f"/credit-lines/{account.id}/payments", payload)

    def _told(self, path: str, payload: dict[str, Any]) -> int:
        return clock.from_wire(self._ask("PUT", path, payload).data["bank_time"])


def _state(card: Card) -> dict[str, Any]:
    return {
        "version": card.version,
        "status": card.status,
        "limits": {f"{name}_minor": getattr(card, f"{name}_minor") for name in LIMITS},
        "controls": {name: getattr(card, name) for name in CONTROLS},
        "blocked_categories": blocked_categories(card),
    }

"""The ledger as cards need it: it decides about payments, so it has to know each card as it is."""

from collections.abc import Callable
from typing import Any

from account_service.cards.card_vault import PrintedCard
from account_service.cards.serializers import CONTROLS, LIMITS, blocked_categories
from account_service.internal_api import InternalAPI
from account_service.models import Card
from shared import clock, services
from shared.discovery import Discovery


class CardLedger:
    """Calls transaction_service. Every call may raise Refused; all are safe to repeat, and each tells its instant."""

    def __init__(self, discovery: Discovery, token: Callable[[], str]) -> None:
        self._ask = InternalAPI(services.TRANSACTION, "/internal/ledger/cards", discovery, token)

    def issue(self, card: Card, printed: PrintedCard) -> int:
        """Make the card known there; the bank's time (microseconds). The only call that carries its number."""
        facts = {
            "account_id": card.account_id,
            "kind": card.kind,
            "card_number": printed.number,
            "security_code": printed.security_code,
            "expires": card.expires,
        }
        return self._told(f"/{card.id}", {**facts, **_state(card)})

    def set_state(self, card: Card) -> int:
        """Tell it the card as this version has it; the bank's time. An older version changes nothing there."""
        return self._told(f"/{card.id}/state", _state(card))

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

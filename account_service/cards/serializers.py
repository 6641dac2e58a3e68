"""A card as the API shows it, and as others are told of it; its number and security code are in neither."""

import json
from typing import Any

from account_service.cards.card_numbers import NETWORK, masked
from account_service.cards.lifecycle import shown_status
from account_service.models import Card
from account_service.serializers import LedgerState
from shared.amounts import money
from shared.enums import CardKind, CardStatus
from shared.time import clock

LIMITS = ("per_payment", "daily", "monthly")
CONTROLS = ("online", "contactless", "abroad", "cash")


def card(row: Card, month: str, state: LedgerState | None = None) -> dict[str, Any]:
    """A card as the API shows it, in this month of the bank; its status is what the ledger knows.

    `state` is how the ledger has the account of a credit card.
    """
    account = row.account
    is_credit = row.kind == CardKind.CREDIT
    return {
        "id": row.id,
        "account_id": row.account_id,
        "user_id": account.user_id,
        "kind": row.kind,
        "network": NETWORK,
        "masked_number": masked(row.last4),
        "last4": row.last4,
        "expires": row.expires,
        "holder_name": account.holder_name,
        "currency": account.currency,
        "status": shown_status(row.told_status or row.status, row.expires, month),
        "frozen_by": row.frozen_by if row.told_status == CardStatus.FROZEN else None,
        "limits": {name: _limit(row, name) for name in LIMITS},
        "controls": {name: getattr(row, name) for name in CONTROLS},
        "blocked_categories": blocked_categories(row),
        "credit_limit": state.overdraft_limit if is_credit and state else None,
        "balance": state.balance if is_credit and state else None,
        "available_credit": state.available_balance if is_credit and state else None,
        "billing_day": account.billing_day,
        "settlement_account_id": account.settlement_account_id,
        "nickname": row.nickname,
        "replaces": row.replaces,
        "replaced_by": row.replaced_by,
        "created_at": clock.to_wire(row.created_at),
        "created_at_bank": None if row.created_at_bank is None else clock.to_wire(row.created_at_bank),
    }


def facts(row: Card) -> dict[str, Any]:
    """What other services are told of a card."""
    return {
        "card_id": row.id,
        "account_id": row.account_id,
        "user_id": row.account.user_id,
        "kind": row.kind,
        "masked_number": masked(row.last4),
        "expires": row.expires,
        "status": row.status,
        "frozen_by": row.frozen_by,
        "nickname": row.nickname,
        "synthetic": row.account.synthetic,
        "created_at": clock.to_wire(row.created_at),
    }


def blocked_categories(row: Card) -> list[str]:
    """The merchant categories (ISO 18245) that the card does not pay at."""
    found: list[str] = json.loads(row.blocked_categories)
    return found


def _limit(row: Card, name: str) -> str | None:
    minor: int | None = getattr(row, f"{name}_minor")
    return None if minor is None else money.to_text(minor, row.account.currency)

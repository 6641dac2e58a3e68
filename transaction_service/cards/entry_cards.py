"""How the card of an entry is read beside it."""

from typing import Any

from sqlalchemy import FromClause

from transaction_service.cards.authorization_rows import CardLink
from transaction_service.cards.card import Merchant
from transaction_service.cards.serializers import card_object
from transaction_service.models import card_entries, cards, entries

ENTRY_CARD = (
    cards.c.id.label("card_id"),
    cards.c.last4,
    card_entries.c.authorization_id,
    card_entries.c.merchant_name,
    card_entries.c.merchant_category,
    card_entries.c.merchant_country,
    card_entries.c.channel.label("card_channel"),
)
"""The columns that `card_of` reads."""


def with_its_card(rows: FromClause) -> FromClause:
    """Rows that have `entries` among them, joined with the card that each was made with, where it was."""
    return rows.outerjoin(card_entries, card_entries.c.position == entries.c.position).outerjoin(
        cards, cards.c.key == card_entries.c.card_key
    )


def card_of(row: Any) -> dict[str, Any] | None:
    """The card of a transaction as the API shows it; None where it was made without one."""
    if row.card_id is None:
        return None
    merchant = Merchant(row.merchant_name, row.merchant_category, row.merchant_country)
    return card_object(CardLink(row.card_id, row.authorization_id, merchant, row.card_channel), row.last4)

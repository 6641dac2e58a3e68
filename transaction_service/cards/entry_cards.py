"""How the card of an entry, or of a payment that was declined, is read beside it."""

from typing import Any

from sqlalchemy import FromClause

from transaction_service.cards.authorization_rows import CardLink
from transaction_service.cards.card import Merchant
from transaction_service.cards.serializers import card_object
from transaction_service.models import authorizations, card_entries, cards, entries, refused_attempts

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


DECLINED_CARD = (
    cards.c.id.label("card_id"),
    cards.c.last4,
    authorizations.c.id.label("authorization_id"),
    *authorizations.c["merchant_name", "merchant_category", "merchant_country"],
    authorizations.c.channel.label("card_channel"),
)
"""The same of a refused attempt, which has the id of the authorization that was declined."""


def with_declined_card(rows: FromClause) -> FromClause:
    """Rows that have `refused_attempts` among them, joined with the card that was declined, where one was."""
    return rows.outerjoin(authorizations, authorizations.c.id == refused_attempts.c.id).outerjoin(
        cards, cards.c.key == authorizations.c.card_key
    )


def card_of(row: Any) -> dict[str, Any] | None:
    """The card of a transaction as the API shows it; None where it was made without one."""
    if row.card_id is None:
        return None
    merchant = Merchant(row.merchant_name, row.merchant_category, row.merchant_country)
    return card_object(CardLink(row.card_id, row.authorization_id, merchant, row.card_channel), row.last4)

"""Cards as the account service tells of them: idempotent and versioned, so that it may ask until answered."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from shared.enums import LedgerAccountStatus
from shared.refusals import NOT_FOUND, Refused
from shared.service_refusals import ACCOUNT_CLOSED
from transaction_service.cards import card_rows
from transaction_service.cards.card_secrets import CardSecrets
from transaction_service.models import accounts
from transaction_service.refusals import CARD_CONFLICT


@dataclass(frozen=True)
class CardState:
    """What may change of a card while it lives; limits in minor units, None for none. The newest version counts."""

    version: int
    status: str
    per_payment_minor: int | None
    daily_minor: int | None
    monthly_minor: int | None
    allows_online: bool
    allows_contactless: bool
    allows_abroad: bool
    allows_cash: bool
    blocked_categories: tuple[str, ...]

    @property
    def row(self) -> dict[str, Any]:
        """The same as the table keeps it."""
        return {
            "version": self.version,
            "status": self.status,
            "per_payment_minor": self.per_payment_minor,
            "daily_minor": self.daily_minor,
            "monthly_minor": self.monthly_minor,
            "allows_online": int(self.allows_online),
            "allows_contactless": int(self.allows_contactless),
            "allows_abroad": int(self.allows_abroad),
            "allows_cash": int(self.allows_cash),
            "blocked_categories": ",".join(self.blocked_categories),
        }


@dataclass(frozen=True)
class NewCard:
    """A card to be known from now on. `expires` is the month that is printed on it: `2030-11`."""

    card_id: str
    account_id: str
    kind: str
    card_number: str
    security_code: str
    expires: str
    state: CardState


def issue(connection: Connection, secrets: CardSecrets, card: NewCard) -> Any:
    """Know this card; its row. One that is known with the same facts takes only what is newer of its state.

    Raises Refused: 404 for an unknown account, ACCOUNT_CLOSED, CARD_CONFLICT (409) where the card is known with other
    facts, or another has its number.
    """
    account = connection.execute(
        select(accounts.c.key, accounts.c.status)
        .where(accounts.c.id == card.account_id, accounts.c.owner_id.is_not(None))
        .with_for_update()
    ).first()
    if account is None:
        raise Refused(NOT_FOUND)
    number_digest = secrets.number_digest(card.card_number)
    security_digest = secrets.security_digest(number_digest, card.security_code)
    facts = {
        "kind": card.kind,
        "number_digest": number_digest,
        "security_digest": security_digest,
        "expires": card.expires,
    }
    known = card_rows.row_of(connection, card.card_id)
    if known is not None:
        if known.account_id != card.account_id or any(getattr(known, name) != facts[name] for name in facts):
            raise Refused(CARD_CONFLICT)
        return _newer(connection, known, card.state)
    if account.status == LedgerAccountStatus.CLOSED:
        raise Refused(ACCOUNT_CLOSED)
    if card_rows.is_taken(connection, number_digest):
        raise Refused(CARD_CONFLICT)
    values = {"id": card.card_id, "account_key": account.key, "last4": card.card_number[-4:], **facts}
    card_rows.add(connection, {**values, **card.state.row})
    return card_rows.row_of(connection, card.card_id)


def set_state(connection: Connection, card_id: str, state: CardState) -> Any:
    """Give the card this state, unless a newer one is known; its row. Raises Refused (404) for an unknown card."""
    known = card_rows.row_of(connection, card_id)
    if known is None:
        raise Refused(NOT_FOUND)
    return _newer(connection, known, state)


def _newer(connection: Connection, known: Any, state: CardState) -> Any:
    if state.version <= known.version:
        return known
    card_rows.change(connection, known.id, state.row)
    return card_rows.row_of(connection, known.id)

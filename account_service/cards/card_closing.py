"""How cards end; what is written down here the ledger is told of afterwards."""

from flask_sqlalchemy.session import Session

from account_service.cards import repository
from account_service.models import Card
from shared.enums import CardStatus


def end(row: Card, status: CardStatus) -> None:
    """Give a card its last status."""
    row.status, row.frozen_by = status, None
    row.version += 1


def end_cards_of(session: Session, account_id: str) -> None:
    """The account is closed: its cards end with it, in the same commit. What is on its way ends as it arrives."""
    for row in repository.to_be_ended(session, account_id):
        end(row, CardStatus.CANCELLED)

"""The proof finds nothing wrong with what the inbox says of a movement, of whatever kind and in either direction."""

import pytest

from notification_service.inbox.rules import of_entry
from notification_service.inbox.source_events import JournalEntry
from reporting_service.proof.checks import message_and_movement
from shared.identifiers import new_id
from transaction_service.ledger.movement_rules import RULES, Sides

_ONE_WAY = {Sides.DEBIT: True, Sides.CREDIT: False}
"""What a kind that only takes, or only gives, is not: a receipt, or a payment."""


@pytest.mark.parametrize(
    ("kind", "is_receipt"),
    [(kind, way) for kind, rule in RULES.items() for way in (True, False) if _ONE_WAY.get(rule.sides) is not way],
)
def test_a_message_of_a_movement_fits_the_journal_and_in_the_other_direction_it_does_not(
    kind: str, is_receipt: bool
) -> None:
    account_id, owner_id, minor = new_id(), new_id(), 123_456 if is_receipt else -123_456
    own = {"account_id": account_id, "owner_id": owner_id, "amount_minor": minor, "currency": "EUR"}
    bank = {"account_id": "bank:cash:EUR", "owner_id": None, "amount_minor": -minor, "currency": "EUR"}
    facts = {"id": new_id(), "type": kind, "currency": "EUR", "description": "x", "effective_at_us": 1}
    entry = JournalEntry.model_validate({**facts, "booked_at_us": 1, "postings": [own, bank]})
    movement = {
        "owner_id": owner_id,
        "type": kind,
        "amount_minor": minor,
        "currency": "EUR",
        "from_account_id": None if is_receipt else account_id,
        "to_account_id": account_id if is_receipt else None,
        "description": "x",
    }
    for told in of_entry(entry, lambda _minor, _currency: True):
        assert list(message_and_movement(told._asdict(), movement)) == []
        assert list(message_and_movement(told._asdict(), {**movement, "amount_minor": -minor}))

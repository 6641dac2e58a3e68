"""What somebody asks the ledger to do, and what came of it."""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from shared.http.json_parsing import render, render_bytes
from shared.refusals import Refused, envelope_of
from transaction_service.cards.card import CardAction, CardRequest
from transaction_service.holds.hold import HoldAction, HoldRequest
from transaction_service.ledger.decisions import Actor
from transaction_service.ledger.movement_rules import RULES, Rule, Sides

_HASH_BYTES = 16
COMPLETED, REFUSED, REPLAYED = "completed", "refused", "replayed"
_COLLECTING = frozenset({CardAction.CAPTURE, CardAction.CLEAR, CardAction.REFUND})


class Order(NamedTuple):
    """One movement asked for.

    `amount` is the decimal text that was sent; None for all that is left of what is reversed, or owed on a credit card.
    `effective_at` is in microseconds of the bank's time; None means now. With a `hold`, or a `card`, it asks for what
    that says. `quote_id` names the quote by which money is exchanged, `end_to_end_id` what the payer calls it.
    `is_from_linked`: nobody named `from_account_id`, a credit card is settled from it; from which one may have changed
    by the time that the request is repeated. `is_arranged`: was ordered beforehand, with the notice it needed then.
    `is_of_what_arrives`: the amount is in the payee's currency; what that costs is taken at the rate of the day.
    """

    actor: Actor
    type: str
    amount: str | None
    request_id: str
    account_id: str | None = None
    from_account_id: str | None = None
    to_account_id: str | None = None
    to_account_number: str | None = None
    currency: str | None = None
    description: str = ""
    category: str | None = None
    effective_at: int | None = None
    idempotency_key: str | None = None
    reverses: str | None = None
    hold: HoldRequest | None = None
    quote_id: str | None = None
    card: CardRequest | None = None
    end_to_end_id: str | None = None
    is_from_linked: bool = False
    is_arranged: bool = False
    is_of_what_arrives: bool = False

    @property
    def rule(self) -> Rule:
        """How this kind of movement is dealt with."""
        return RULES[self.type]

    @property
    def needs_notice(self) -> bool:
        """Whether it leaves no account with notice."""
        return self.rule.needs_notice and not self.is_arranged

    @property
    def operation(self) -> str:
        """What the idempotency key is unique for, together with the user."""
        if self.card is not None:
            return self.card.action.value
        return self.type if self.hold is None else self.hold.action.value

    @property
    def replies_with_entry(self) -> bool:
        """Whether its reply shows an entry, which it makes: what is only promised, or given back, makes none."""
        if self.card is not None:
            return self.card.action in _COLLECTING
        return self.hold is None or self.hold.action is HoldAction.CAPTURE

    @property
    def source_id(self) -> str | None:
        """The customer account the money leaves; None when it comes from the bank, a hold or a card's."""
        if self.card is not None:
            return None
        if self.hold is not None:
            return self.account_id
        sides = RULES[self.type].sides
        if sides is Sides.TRANSFER:
            return self.from_account_id
        return self.account_id if sides is Sides.DEBIT else None

    @property
    def target_id(self) -> str | None:
        """The customer account the money reaches by id; None when it goes to the bank or is named by number."""
        if self.card is not None:
            return None
        if self.hold is not None:
            return self.to_account_id
        sides = RULES[self.type].sides
        if sides is Sides.TRANSFER or sides is Sides.REVERSAL:
            return self.to_account_id
        return self.account_id if sides is Sides.CREDIT else None

    def request_hash(self) -> bytes:
        """The first half of a SHA-256 over everything that makes the request what it is."""
        facts = (
            self.type,
            self.amount,
            self.account_id,
            None if self.is_from_linked else self.from_account_id,
            self.to_account_id,
            self.to_account_number,
            self.currency,
            self.description,
            self.category,
            self.effective_at,
            self.reverses,
            *(self.hold or ()),
            *((self.quote_id,) if self.quote_id else ()),
            *(("card", *self.card) if self.card else ()),
            *(("end_to_end", self.end_to_end_id) if self.end_to_end_id else ()),
            *(("of_what_arrives",) if self.is_of_what_arrives else ()),
        )
        return request_digest(facts)

    def is_what_was_asked(self, request_hash: bytes) -> bool:
        """Whether this is the request of that hash. Of a linked account they said before which one it was."""
        as_before = self._replace(is_from_linked=False) if self.is_from_linked else self
        return request_hash in (self.request_hash(), as_before.request_hash())


def request_digest(facts: Sequence[Any]) -> bytes:
    """The first half of a SHA-256 over what makes a request what it is."""
    return hashlib.sha256(render_bytes(facts)).digest()[:_HASH_BYTES]


class Outcome(NamedTuple):
    """The answer to one order: `body` is the JSON text of the transaction (2xx) or of the error envelope."""

    status: str
    http_status: int
    body: str

    @property
    def succeeded(self) -> bool:
        """Whether the money moved, now or when the key was first used."""
        return self.http_status < 300


def refusal_outcome(refused: Refused, request_id: str) -> Outcome:
    """The outcome of a refusal, with the error envelope of API.md."""
    return Outcome(REFUSED, refused.refusal.status, render(envelope_of(refused, request_id)))

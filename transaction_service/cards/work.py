"""What one write transaction has read of cards, moves along order by order, and is going to write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from transaction_service.cards import authorization_rows, card_rows
from transaction_service.cards.authorization import Authorization, AuthorizationStep
from transaction_service.cards.authorization_rows import CardLink, Dispute
from transaction_service.cards.card import Card, CardAction, CardRequest, Spending
from transaction_service.cards.spending import Use, needed_since, spending_at, spending_now
from transaction_service.ledger.entry import Initiator

if TYPE_CHECKING:
    from transaction_service.holds.hold import Hold


@dataclass
class CardWork:
    """`uses` are single payments with the cards, for orders that name a time of their own; none without such.
    `past` is what had happened before to the authorizations that the orders name, `happenings` what does now,
    `stories` the same of each.

    `links` are those of the entries that the orders refund or dispute, `disputed` the disputes of those of them that
    were disputed, also where it is no card order that takes them back.
    `resolved` are disputes that are decided now, by whom, and where stands what was taken from the shop's account.
    """

    cards: dict[str, Card] = field(default_factory=dict)
    spending: dict[int, Spending] = field(default_factory=dict)
    uses: dict[int, list[Use]] = field(default_factory=dict)
    authorizations: dict[str, Authorization] = field(default_factory=dict)
    past: dict[str, list[AuthorizationStep]] = field(default_factory=dict)
    links: dict[str, CardLink] = field(default_factory=dict)
    disputed: dict[str, str] = field(default_factory=dict)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    added: list[tuple[Authorization, Initiator]] = field(default_factory=list)
    forced: dict[str, Authorization] = field(default_factory=dict)
    happenings: list[AuthorizationStep] = field(default_factory=list)
    stories: dict[str, list[AuthorizationStep]] = field(default_factory=dict)
    new_links: list[tuple[int, CardLink]] = field(default_factory=list)
    new_disputes: list[tuple[Dispute, int, int]] = field(default_factory=list)
    resolved: list[tuple[Dispute, Initiator, int | None]] = field(default_factory=list)

    @property
    def hold_ids(self) -> list[str]:
        """The holds of the authorizations that the orders name."""
        return [each.hold_id for each in self.authorizations.values() if each.hold_id is not None]

    @property
    def account_ids(self) -> set[str]:
        """Accounts that the orders may touch: of cards, and of shops."""
        shops = {each.merchant.account_id for each in self.authorizations.values()}
        for dispute in self.disputes.values():
            shops |= {dispute.account_id, dispute.shop_id}
        return {card.account_id for card in self.cards.values()} | {shop for shop in shops if shop}

    def attach(self, connection: Connection, holds: Mapping[str, "Hold"]) -> None:
        """Give the authorizations the working copies of their holds; those that only their holds were named of, too."""
        others = {hold.authorization_id for hold in holds.values() if hold.authorization_id} - set(self.authorizations)
        if others:
            found = authorization_rows.by_id(connection, others)
            self.authorizations.update(found)
            self.past.update(authorization_rows.stories_of(connection, found))
        for each in self.authorizations.values():
            if each.hold_id is not None:
                each.hold = holds[each.hold_id]
            for happening in self.past.get(each.id, []):
                each.tell(happening)

    def spending_of(self, card_key: int, named_at_us: int | None) -> Spending:
        """What the card has been used for by now, or by the time that an order names."""
        if named_at_us is not None:
            return spending_at(self.uses.get(card_key, ()), named_at_us)
        return self.spending.get(card_key, Spending())

    def count(self, card_key: int, use: Use, bank_time: int) -> None:
        """The card was used, for those who ask later in this transaction."""
        self.uses.setdefault(card_key, []).append(use)
        today, month, attempts, wrong_codes = self.spending.get(card_key, Spending())
        now = spending_now(use) if use.at == bank_time else spending_at([use], bank_time)
        self.spending[card_key] = Spending(
            today + now.today_minor,
            month + now.month_minor,
            attempts + now.recent_attempts,
            wrong_codes + now.wrong_codes,
        )

    def note(self, happening: AuthorizationStep) -> None:
        """Something happened to an authorization."""
        if happening.authorization_id in self.authorizations:
            self.authorizations[happening.authorization_id].tell(happening)
        self.happenings.append(happening)
        self.stories.setdefault(happening.authorization_id, []).append(happening)

    def story_of(self, authorization_id: str) -> list[AuthorizationStep]:
        """All that has happened to an authorization, in order."""
        return self.past.get(authorization_id, []) + self.stories.get(authorization_id, [])

    def store(
        self, connection: Connection, account_keys: Mapping[str, int], initiator_keys: Mapping[Initiator, int]
    ) -> None:
        """Write what has become of cards' payments, after entries and holds."""
        card_keys = {card.id: card.key for card in self.cards.values()}
        added = [(each, initiator_keys[initiator]) for each, initiator in self.added]
        authorization_rows.add(connection, added, card_keys, account_keys)
        authorization_rows.store_forced(connection, self.forced.values())
        authorization_rows.note(connection, self.happenings)
        authorization_rows.link_entries(connection, self.new_links, card_keys)
        authorization_rows.add_disputes(connection, self.new_disputes, account_keys)
        decided = [(dispute, initiator_keys[by], debit_position) for dispute, by, debit_position in self.resolved]
        authorization_rows.resolve_disputes(connection, decided)


def load(
    connection: Connection,
    requests: Sequence[CardRequest],
    entry_ids: Sequence[str],
    bank_time: int,
    *,
    first_named_at: int | None = None,
) -> CardWork:
    """What the requests name; `entry_ids` are the entries that they, and other orders, take back.

    `first_named_at` is the earliest time that any of the orders names.
    """
    disputed = authorization_rows.disputed_among(connection, entry_ids)
    if not requests:
        return CardWork(disputed=disputed)
    named = {each.authorization_id for each in requests if each.authorization_id is not None}
    found = authorization_rows.by_id(connection, named)
    links = authorization_rows.links_of(connection, entry_ids) if entry_ids else {}
    card_ids = {each.card_id for each in requests} | {each.card_id for each in found.values()}
    card_ids |= {link.card_id for link in links.values()}
    cards = card_rows.by_id(connection, [card_id for card_id in card_ids if card_id is not None])
    return CardWork(
        cards=cards,
        spending=_spending(connection, requests, cards, found, bank_time),
        uses={} if first_named_at is None else _uses(connection, requests, cards, first_named_at),
        authorizations=found,
        past=authorization_rows.stories_of(connection, found),
        links=links,
        disputed=disputed,
        disputes=authorization_rows.disputes_by_id(
            connection, [each.dispute_id for each in requests if each.dispute_id is not None]
        ),
    )


_DECIDED = frozenset({CardAction.AUTHORIZE, CardAction.INCREMENT})
"""What is asked of a card that depends on what it was used for."""


def _spending(
    connection: Connection,
    requests: Sequence[CardRequest],
    cards: Mapping[str, Card],
    found: Mapping[str, Authorization],
    bank_time: int,
) -> dict[int, Spending]:
    """What the cards were used for that more is asked of."""
    asked = [each for each in requests if each.action in _DECIDED]
    named = (found.get(each.authorization_id or "") for each in asked)
    ids = {each.card_id for each in asked} | {each.card_id for each in named if each is not None}
    has_codes = any(each.has_right_code is not None for each in asked)
    of_these = [card for card in cards.values() if card.id in ids]
    return card_rows.spending(connection, of_these, bank_time, has_codes=has_codes)


def _uses(
    connection: Connection, requests: Sequence[CardRequest], cards: Mapping[str, Card], first_at: int
) -> dict[int, list[Use]]:
    has_limits = any(card.limits_sums for card in cards.values())
    has_codes = any(each.has_right_code is not None for each in requests)
    since = needed_since(first_at, whole_month=has_limits or has_codes)
    return card_rows.uses(connection, [card.key for card in cards.values()], since)

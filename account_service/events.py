"""What the account service tells other services of accounts, cards and products: a model for each kind of event.

An account's status is the last settled one: what is under way may still fail, and no event would take it back.
"""

from typing import ClassVar, Literal

from shared.card_enums import CardEventType, FrozenBy
from shared.enums import AccountEventType, AccountStatus, AccountType, CardKind, CardStatus, ProductEventType
from shared.events.event_feed import Event


class AccountEvent(Event):
    """What an account now is, whole."""

    account_id: str
    user_id: str
    holder_name: str
    account_number: str
    account_type: AccountType
    currency: str
    nickname: str | None
    status: Literal[AccountStatus.OPEN, AccountStatus.FROZEN, AccountStatus.CLOSED]
    synthetic: bool
    created_at: str
    closed_at: str | None


class AccountOpened(AccountEvent):
    """The ledger has opened the account."""

    type: ClassVar[str] = AccountEventType.ACCOUNT_OPENED


class AccountUpdated(AccountEvent):
    """Something that the account is called is another now, or an attempt to change its status has failed."""

    type: ClassVar[str] = AccountEventType.ACCOUNT_UPDATED


class StatusChanged(AccountEvent):
    """The account has another status; `reason` is what the person who asked for it said, if they had to say."""

    reason: str | None


class AccountFrozen(StatusChanged):
    """The bank has frozen the account."""

    type: ClassVar[str] = AccountEventType.ACCOUNT_FROZEN


class AccountUnfrozen(StatusChanged):
    """The bank has unfrozen the account."""

    type: ClassVar[str] = AccountEventType.ACCOUNT_UNFROZEN


class AccountClosed(StatusChanged):
    """The account was closed."""

    type: ClassVar[str] = AccountEventType.ACCOUNT_CLOSED


class CardEvent(Event):
    """What a card now is; of its number, what everybody may see. Its status is the one that the ledger has."""

    card_id: str
    account_id: str
    user_id: str
    kind: CardKind
    masked_number: str
    expires: str
    status: CardStatus
    frozen_by: FrozenBy | None
    nickname: str | None
    synthetic: bool
    created_at: str


class CardIssued(CardEvent):
    """The ledger knows the card: it can be used."""

    type: ClassVar[str] = CardEventType.CARD_ISSUED


class CardUpdated(CardEvent):
    """The card has other limits or controls, or another name."""

    type: ClassVar[str] = CardEventType.CARD_UPDATED


class CardFrozen(CardEvent):
    """The card pays nothing for now."""

    type: ClassVar[str] = CardEventType.CARD_FROZEN


class CardUnfrozen(CardEvent):
    """The card pays again."""

    type: ClassVar[str] = CardEventType.CARD_UNFROZEN


class CardEnded(CardEvent):
    """The card never pays again: `status` says why."""

    type: ClassVar[str] = CardEventType.CARD_ENDED


class ProductChanged(Event):
    """The terms of a product that a person has an account of will be others from a day on: `changes` says which.

    `account_id` is one of their accounts of it; each person is told once of a version.
    """

    type: ClassVar[str] = ProductEventType.PRODUCT_CHANGED

    product: str
    version: int
    name: str
    account_id: str
    user_id: str
    valid_on: str
    changes: str


class BankReset(Event):
    """Every account and every card was forgotten."""

    type: ClassVar[str] = AccountEventType.BANK_RESET


OF_CHANGE: dict[tuple[str, str], type[StatusChanged]] = {
    (AccountStatus.CLOSING, AccountStatus.CLOSED): AccountClosed,
    (AccountStatus.OPEN, AccountStatus.FROZEN): AccountFrozen,
    (AccountStatus.FROZEN, AccountStatus.OPEN): AccountUnfrozen,
}
"""The event that tells of a settled change; a change from a status to itself tells nothing."""


def card_event(before: str, status: str) -> type[CardEvent]:
    """The event that tells of a card that had one status and has another, or the same."""
    if status == before:
        return CardUpdated
    return {CardStatus.FROZEN: CardFrozen, CardStatus.ACTIVE: CardUnfrozen}.get(CardStatus(status), CardEnded)

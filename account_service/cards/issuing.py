"""Issuing cards: key and card are written down in one commit, then the ledger is told, then we call it issued."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date

from flask_sqlalchemy.session import Session
from sqlalchemy.exc import IntegrityError

from account_service import audit
from account_service import repository as accounts
from account_service.caller import Caller
from account_service.cards import repository, serializers
from account_service.cards.bank_month import this_month, today
from account_service.cards.card_numbers import expiry_month, new_card_number, new_security_code
from account_service.cards.card_vault import PrintedCard
from account_service.cards.credit_line import CreditOrder, check_takes_cards, draft_account
from account_service.cards.ledger_sync import tell, tell_if_free
from account_service.cards.lifecycle import LIVING, check_may_release, check_replaceable, shown_status
from account_service.cards.queries import rendered
from account_service.context import AccountContext
from account_service.lifecycle import REFUSED
from account_service.models import Account, Card, CardKey
from account_service.opening import Reply
from account_service.pending_changes import LEASE_US
from account_service.refusals import CARD_FROZEN_BY_BANK, CARD_LIMIT_REACHED
from shared.enums import AccountType, CardKind, CardStatus
from shared.http.field_problems import invalid
from shared.identifiers import new_id
from shared.refusals import IDEMPOTENCY_KEY_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED, NOT_FOUND, UNAVAILABLE, Refused
from shared.time import clock
from shared.time.business_days import month_name, number_of_day

_ATTEMPTS = 5
_EVERY_CONTROL = dict.fromkeys(serializers.CONTROLS, True)


@dataclass(frozen=True)
class CardOrder:
    """A card that somebody asks for: for an account, in the place of another, or a credit card with its own account."""

    account_id: str | None = None
    kind: CardKind = CardKind.DEBIT
    nickname: str | None = None
    replaces: str | None = None
    idempotency_key: str | None = None
    credit: CreditOrder | None = None

    @property
    def request_hash(self) -> str:
        """SHA-256 over everything that makes the request what it is."""
        facts: list[object] = [self.account_id, self.kind, self.nickname, self.replaces]
        if self.credit is not None:
            facts.append(self.credit.facts())
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def issue_card(context: AccountContext, caller: Caller, order: CardOrder) -> Reply:
    """Issue one card, or answer again what this key was answered.

    Raises Refused; after 503 or 504 the outcome is unknown and the same key tells it.
    """
    with context.database.read_session() as session:
        known = _known(session, caller, order)
    if known is None:
        day = today(context)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with context.database.write_session() as session:
                    known = _known(session, caller, order)
                    if known is None:
                        card = _write_down(session, context, caller, order, day)
                break
            except IntegrityError:  # another process took the key or the number between our look and our write
                if attempt == _ATTEMPTS:
                    raise
    if known is not None:
        return _replay(context, order, known)
    return _carry_out(context, card)


def _write_down(session: Session, context: AccountContext, caller: Caller, order: CardOrder, day: date) -> Card:
    old = _replaced(session, caller, order.replaces, month_name(day)) if order.replaces else None
    if order.credit is not None:
        today = number_of_day(day)
        account = draft_account(session, context.settings, caller, order.credit, today=today, day_of_month=day.day)
        is_frozen = repository.has_credit_card_frozen_by_bank(session, account.user_id)
        _check_bank_froze_none(caller, account, is_frozen=is_frozen)
    else:
        most = context.settings.cards_per_account
        account = _account(session, caller, order, old, month=month_name(day), most=most)
    card = _drafted(context, order, account, old, day)
    card.asked_by = audit.asked_by_staff() if caller.is_staff else None
    session.add(card)
    if old is not None:
        old.replaced_by = card.id
    if order.idempotency_key is not None:
        key = {"caller_id": caller.user_id, "key": order.idempotency_key, "request_hash": order.request_hash}
        session.add(CardKey(**key, card_id=card.id))
    session.flush()
    return repository.cards_by_id(session, [card.id])[card.id]


def _account(session: Session, caller: Caller, order: CardOrder, old: Card | None, *, month: str, most: int) -> Account:
    """The account that a new card, or one in the place of an old one, is for. Raises Refused."""
    account_id = order.account_id or (old.account_id if old else "")
    account = accounts.account(session, caller, account_id, for_update=True)
    if account is None or account.status == REFUSED:
        raise Refused(NOT_FOUND)
    if old is None and account.account_type == AccountType.CREDIT:
        raise invalid("account_id", "is a credit card's account, which has the one card", code="credit_account")
    check_takes_cards(account)
    if old is None:
        is_frozen = repository.has_card_frozen_by_bank(session, account.id)
        _check_bank_froze_none(caller, account, is_frozen=is_frozen)
    frees_a_place = old is not None and old.status in LIVING and old.expires >= month
    used = repository.living_cards(session, account.id, month) - frees_a_place
    if used >= most:
        raise Refused(CARD_LIMIT_REACHED, details={"limit": most, "used": used})
    return account


def _replaced(session: Session, caller: Caller, card_id: str, month: str) -> Card:
    old = repository.card(session, caller, card_id, for_update=True)
    if old is None:
        raise Refused(NOT_FOUND)
    check_replaceable(shown_status(old.status, old.expires, month), is_replaced=old.replaced_by is not None)
    check_may_release(old.frozen_by, by_bank=caller.acts_for_bank(old.account.user_id))
    return old


def _check_bank_froze_none(caller: Caller, account: Account, *, is_frozen: bool) -> None:
    """Raises Refused (409) when somebody wants a new card beside their own that the bank has frozen."""
    if is_frozen and not caller.acts_for_bank(account.user_id):
        raise Refused(CARD_FROZEN_BY_BANK)


def _drafted(context: AccountContext, order: CardOrder, account: Account, old: Card | None, day: date) -> Card:
    """The row of a card about to be issued: a new one may do everything, a successor what its predecessor could."""
    card_id, now = new_id(), clock.now_us()
    printed = PrintedCard(new_card_number(), new_security_code())
    inherited = (*(f"{name}_minor" for name in serializers.LIMITS), *serializers.CONTROLS, "blocked_categories")
    return Card(
        id=card_id,
        account_id=account.id,
        kind=old.kind if old else order.kind,
        number_digest=context.card_vault.digest(printed.number),
        sealed=context.card_vault.seal(card_id, printed),
        last4=printed.number[-4:],
        expires=expiry_month(day),
        nickname=old.nickname if old else order.nickname,
        status=CardStatus.ACTIVE,
        replaces=order.replaces,
        version=1,
        told_version=0,
        leased_until=now + LEASE_US,
        attempts=0,
        created_at=now,
        **({name: getattr(old, name) for name in inherited} if old else {**_EVERY_CONTROL, "blocked_categories": "[]"}),
    )


def _known(session: Session, caller: Caller, order: CardOrder) -> CardKey | None:
    key = order.idempotency_key
    return None if key is None else repository.key_of(session, caller.user_id, key)


def _replay(context: AccountContext, order: CardOrder, known: CardKey) -> Reply:
    if known.request_hash != order.request_hash:
        raise Refused(IDEMPOTENCY_KEY_REUSED)
    if known.status is not None:
        return Reply(known.status, known.reply or "", replayed=True)
    now = clock.now_us()
    with context.database.write_session() as session:
        card = repository.lease(session, known.card_id, now=now, until=now + LEASE_US)
    if card is None:
        raise Refused(IDEMPOTENCY_KEY_IN_FLIGHT)
    return _carry_out(context, card)


def _carry_out(context: AccountContext, card: Card) -> Reply:
    tell(context, card)
    if card.replaces is not None:
        tell_if_free(context, card.replaces)
    with context.database.read_session() as session:
        key = repository.key_of_card(session, card.id)
        issued = repository.cards_by_id(session, [card.id]).get(card.id)
    if key is not None and key.status is not None:
        return Reply(key.status, key.reply or "")
    if issued is None:
        raise Refused(UNAVAILABLE, "The bank was emptied meanwhile.")
    (shown,) = rendered(context, [issued], this_month(context))
    return Reply(201, json.dumps(shown))

"""Shops collect what was authorized, or what was not, and give money back: the card orders that make an entry.

Collecting is forced (LEDGER rule 15): it minds neither the card's status nor its controls, and may take the account
below its floor. What was held for it, it takes first.
"""

from typing import NamedTuple

from shared.amounts.money import LARGEST_MOVEMENT_MINOR, Money, details_of
from shared.card_enums import AuthorizationEventType, CardChannel
from shared.http.json_parsing import render
from shared.refusals import NOT_FOUND, OWN_INTEREST, Refused
from shared.service_refusals import CURRENCY_MISMATCH, MOVEMENT_LIMIT_EXCEEDED
from transaction_service.cards.authorization import Authorization, AuthorizationStep
from transaction_service.cards.authorization_rows import CardLink
from transaction_service.cards.card import CardAction, CardRequest, Merchant
from transaction_service.cards.merchant_categories import category_of
from transaction_service.cards.payment import Payment, credit_of_day, payment_of, payment_of_day
from transaction_service.cards.serializers import card_object
from transaction_service.cards.steps import take_step
from transaction_service.holds import promises
from transaction_service.ledger.decisions import Account, Actor, Movement, has_own_interest, may_pay
from transaction_service.ledger.movement_rules import CARD_PURCHASE, CASH_WITHDRAWAL, counter_account_id
from transaction_service.ledger.orders import Order
from transaction_service.ledger.resolution import (
    NOTHING_IS_LEFT,
    ResolvedOrder,
    Work,
    effective_at_of,
    money_of,
    not_reversible,
    standing_in,
    taking_back,
    time_of,
)
from transaction_service.refusals import REVERSAL_TOO_LARGE

PURCHASES = frozenset({CARD_PURCHASE, CASH_WITHDRAWAL})


class PreparedClearing(NamedTuple):
    """An order with the words of its entry, the movement that it asks for, and the id that it was promised under."""

    order: Order
    resolved: ResolvedOrder
    entry_id: str | None


def prepare(work: Work, order: Order, request: CardRequest) -> PreparedClearing:
    """Find out what a capture, a clearing or a refund moves. Raises Refused."""
    if request.action is CardAction.CAPTURE:
        return _capture(work, order, request)
    if request.action is CardAction.CLEAR:
        return _clearing(work, order, request)
    return _refund(work, order, request)


def keep(work: Work, request: CardRequest, resolved: ResolvedOrder) -> str:
    """Write down what the entry, the last one drafted, has done to cards; its card as JSON text."""
    link = link_of(work, request, work.drafts[-1].entry.reverses)
    work.cards.new_links.append((work.next_position - 1, link))
    if request.action is CardAction.CAPTURE:
        authorization = work.cards.authorizations[request.authorization_id or ""]
        _keep_capture(work, authorization, resolved.movement, is_final=request.is_final)
    elif request.action is CardAction.REFUND and link.authorization_id is not None:
        happening = told(work, link.authorization_id, AuthorizationEventType.REFUNDED, resolved.movement)
        work.cards.note(happening)
    return render(card_object(link, work.cards.cards[link.card_id].last4))


def _keep_capture(work: Work, authorization: Authorization, movement: Movement, *, is_final: bool) -> None:
    minor, original_minor = movement.amount.minor, movement.arriving.minor
    taken_at = work.drafts[-1].entry.effective_at
    if authorization.holds_money(work.bank_time) and authorization.hold is not None:
        hold_id = authorization.hold.id
        promises.take(work, hold_id, minor, is_final=is_final, original_minor=original_minor)
        return
    authorization.forced_minor += minor
    work.cards.forced[authorization.id] = authorization
    take_step(
        work, AuthorizationStep(authorization.id, AuthorizationEventType.CAPTURED, minor, original_minor, taken_at)
    )
    left = authorization.progress.left_minor
    if is_final and left > 0:
        amounts = authorization.taken_by(left), left
        take_step(work, AuthorizationStep(authorization.id, AuthorizationEventType.REVERSED, *amounts, taken_at))


def told(work: Work, authorization_id: str, kind: AuthorizationEventType, movement: Movement) -> AuthorizationStep:
    """That a movement has given back what was paid: in the account's currency, and in that of the shop."""
    return AuthorizationStep(authorization_id, kind, movement.arriving.minor, movement.amount.minor, work.bank_time)


def link_of(work: Work, request: CardRequest, original_id: str | None) -> CardLink:
    """With which card what the order asks for is done, where and how."""
    if request.action is CardAction.CAPTURE:
        found = work.cards.authorizations[request.authorization_id or ""]
        return CardLink(found.card_id or "", found.id, found.merchant, found.channel)
    if original_id is not None:
        return work.cards.links[original_id]
    return CardLink(request.card_id or "", None, request.merchant or Merchant("", "", ""), request.channel)


def account_of_card(work: Work, actor: Actor, account_id: str | None) -> Account | None:
    """The account of a card, for somebody who may ask for payments from it; None for nobody's business.

    A simulation stays among its own. Raises Refused (403) where somebody who works here has an interest of their own.
    """
    account = work.accounts.get(account_id or "")
    if account is None or not actor.acquires:
        return None
    if actor.simulates and not actor.is_staff and not account.synthetic:
        return None
    if has_own_interest(actor, account.owner_id):
        raise Refused(OWN_INTEREST)
    return account


def shop_account(work: Work, actor: Actor, merchant: Merchant) -> Account | None:
    """The account that a merchant of this bank is paid to. Raises Refused (404) where there is none such."""
    if merchant.account_id is None:
        return None
    account = work.accounts.get(merchant.account_id)
    if account is None or not may_pay(actor, account):
        raise Refused(NOT_FOUND, "No account of this bank has the merchant's id.")
    if has_own_interest(actor, account.owner_id):
        raise Refused(OWN_INTEREST)
    return account


def type_of(channel: str) -> str:
    """As what an entry is booked that was made in this way."""
    return CASH_WITHDRAWAL if channel == CardChannel.CASH else CARD_PURCHASE


def collected(
    work: Work, order: Order, account: Account, payment: Payment, merchant: Merchant, *, released: int = 0
) -> ResolvedOrder:
    """The movement by which a merchant is paid, of which some was held; when the order says."""
    shop = shop_account(work, order.actor, merchant)
    bank_side = counter_account_id(order.type, payment.original.currency)
    movement = Movement(
        payment.amount,
        account,
        shop,
        bank_side,
        is_limited=False,
        is_forced=True,
        released_minor=released,
        received=payment.received,
        may_borrow=True,
        needs_notice=True,
    )
    return ResolvedOrder(movement, time_of(order, work.bank_time), payment.exchange)


def worded(order: Order, merchant: Merchant, channel: str) -> Order:
    """The order with what its entry says where nobody said anything else."""
    return order._replace(
        type=type_of(channel),
        description=order.description or merchant.name,
        category=order.category or category_of(merchant.category),
    )


def _capture(work: Work, order: Order, request: CardRequest) -> PreparedClearing:
    authorization = known_authorization(work, order.actor, request)
    account = work.accounts[authorization.account_id or ""]
    shop = work.accounts.get(authorization.merchant.account_id or "")
    effective_at_of(work, order, account, shop)
    hold = authorization.hold if authorization.holds_money(work.bank_time) else None
    original = original_of(order, authorization)
    authorization.check_can_be_captured(original.minor)
    payment = payment_of(authorization.terms, authorization.taken_by(original.minor), original)
    released = 0 if hold is None else hold.released_by_capture(payment.amount.minor, is_final=request.is_final)
    order = worded(order, authorization.merchant, authorization.channel)
    resolved = collected(work, order, account, payment, authorization.merchant, released=released)
    return PreparedClearing(order, resolved, None if authorization.captured_minor else authorization.id)


def original_of(order: Order, authorization: Authorization) -> Money:
    """How much of an authorization is meant, in the shop's currency: without an amount all that is left."""
    if order.amount is None:
        return Money(max(authorization.progress.left_minor, 0), authorization.original_currency)
    return money_of(order.amount, authorization.original_currency)


def known_authorization(work: Work, actor: Actor, request: CardRequest) -> Authorization:
    """The authorization that is named, for somebody who may deal with it. Raises Refused (404)."""
    authorization = work.cards.authorizations.get(request.authorization_id or "")
    if authorization is None or account_of_card(work, actor, authorization.account_id) is None:
        raise Refused(NOT_FOUND)
    return authorization


def _clearing(work: Work, order: Order, request: CardRequest) -> PreparedClearing:
    account, merchant = _account_named(work, order.actor, request), request.merchant
    if merchant is None or order.amount is None:
        raise Refused(NOT_FOUND)
    original = money_of(order.amount, order.currency or account.currency)
    payment = payment_of_day(work, account, original, time_of(order, work.bank_time))
    _check_size(payment.amount)
    order = worded(order, merchant, request.channel)
    return PreparedClearing(order, collected(work, order, account, payment, merchant), None)


def _refund(work: Work, order: Order, request: CardRequest) -> PreparedClearing:
    if order.reverses is not None:
        return _refund_of_original(work, order)
    account, merchant = _account_named(work, order.actor, request), request.merchant
    if merchant is None or order.amount is None:
        raise Refused(NOT_FOUND)
    shop = shop_account(work, order.actor, merchant)
    original = money_of(order.amount, order.currency or account.currency)
    credit = credit_of_day(work, original, account, time_of(order, work.bank_time))
    _check_size(credit.amount)
    bank_side = counter_account_id(order.type, credit.original.currency)
    received = None if credit.exchange is None else credit.amount
    movement = Movement(credit.original, shop, account, bank_side, is_limited=False, received=received)
    return PreparedClearing(
        _refund_order(order, merchant), ResolvedOrder(movement, work.bank_time, credit.exchange), None
    )


def _refund_of_original(work: Work, order: Order) -> PreparedClearing:
    original, link = work.originals.get(order.reverses or ""), work.cards.links.get(order.reverses or "")
    if original is None or link is None:
        raise Refused(NOT_FOUND)
    account = account_of_card(work, order.actor, original.entry.from_account_id)
    if account is None:
        raise Refused(NOT_FOUND)
    if original.entry.type not in PURCHASES:
        raise not_reversible(original)
    left = Money(original.left_minor, account.currency) if original.left is None else original.left.target
    if order.currency not in {None, left.currency}:
        raise Refused(CURRENCY_MISMATCH, details={"currency": left.currency, "given": order.currency or ""})
    amount = money_of(order.amount, left.currency) if order.amount else left
    if not order.amount and left.minor == 0:
        raise not_reversible(original, NOTHING_IS_LEFT)
    if not 0 < amount.minor <= left.minor:
        details = details_of(left.currency, available=left.minor, amount=amount.minor)
        raise Refused(REVERSAL_TOO_LARGE, details=details)
    shop = standing_in(work.accounts[original.entry.to_account_id] if original.entry.to_account_id else None)
    resolved = taking_back(work, original.entry.id, amount, shop, account)
    return PreparedClearing(_refund_order(order, link.merchant), resolved, None)


def _refund_order(order: Order, merchant: Merchant) -> Order:
    return order._replace(
        description=order.description or merchant.name,
        category=order.category or category_of(merchant.category),
    )


def _account_named(work: Work, actor: Actor, request: CardRequest) -> Account:
    card = work.cards.cards.get(request.card_id or "")
    account = None if card is None else account_of_card(work, actor, card.account_id)
    if account is None:
        raise Refused(NOT_FOUND, "There is no such card.")
    return account


def _check_size(amount: Money) -> None:
    """Of what nothing that was paid or promised bounds. Raises Refused (409) for more than sums can take."""
    if amount.minor > LARGEST_MOVEMENT_MINOR:
        details = details_of(amount.currency, limit=LARGEST_MOVEMENT_MINOR, amount=amount.minor)
        raise Refused(MOVEMENT_LIMIT_EXCEEDED, details=details)

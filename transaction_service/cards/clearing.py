"""Shops collect what was authorized, or what was not, and give money back: the card orders that make an entry.

Collecting is forced (LEDGER rule 15): it minds neither the card's status nor its controls, and may take the account
below its floor. What was held for it, it takes first.
"""

from typing import NamedTuple

from shared.card_enums import AuthorizationEventType, CardChannel
from shared.json_parsing import render
from shared.money import LARGEST_MOVEMENT_MINOR, Money, details_of
from shared.refusals import NOT_FOUND, OWN_INTEREST, Refused
from shared.service_refusals import MOVEMENT_LIMIT_EXCEEDED
from transaction_service.cards.authorization import Authorization
from transaction_service.cards.authorization_rows import CardLink
from transaction_service.cards.card import CardAction, CardRequest, Merchant
from transaction_service.cards.merchant_categories import category_of
from transaction_service.cards.serializers import card_object
from transaction_service.holds import promises
from transaction_service.ledger.decisions import Account, Actor, Movement, has_own_interest, may_pay
from transaction_service.ledger.movement_rules import CARD_PURCHASE, CASH_WITHDRAWAL, counter_account_id
from transaction_service.ledger.orders import Order
from transaction_service.ledger.resolution import Resolved, Work, effective_at_of, money_of, standing_in, time_of
from transaction_service.refusals import CURRENCY_MISMATCH, NOT_REVERSIBLE, REVERSAL_TOO_LARGE

PURCHASES = frozenset({CARD_PURCHASE, CASH_WITHDRAWAL})


class Prepared(NamedTuple):
    """An order with the words of its entry, the movement that it asks for, and the id that it was promised under."""

    order: Order
    resolved: Resolved
    entry_id: str | None


def prepare(work: Work, order: Order, request: CardRequest) -> Prepared:
    """Find out what a capture, a clearing or a refund moves. Raises Refused."""
    if request.action is CardAction.CAPTURE:
        return _capture(work, order, request)
    if request.action is CardAction.CLEAR:
        return _clearing(work, order, request)
    return _refund(work, order, request)


def keep(work: Work, request: CardRequest, movement: Movement) -> str:
    """Write down what the entry, the last one drafted, has done to cards; its card as JSON text."""
    entry = work.drafts[-1].entry
    link = link_of(work, request, entry.reverses)
    work.cards.new_links.append((work.next_position - 1, link))
    minor = movement.amount.minor
    if request.action is CardAction.CAPTURE:
        authorization = work.cards.authorizations[request.authorization_id or ""]
        if authorization.holds_money(work.bank_time) and authorization.hold is not None:
            promises.take(work, authorization.hold.id, minor, is_final=request.is_final)
        else:
            authorization.forced_minor += minor
            work.cards.forced[authorization.id] = authorization
            work.cards.note(authorization.id, AuthorizationEventType.CAPTURED, minor, entry.effective_at)
            if request.is_final and authorization.left_minor > 0:
                left = authorization.left_minor
                work.cards.note(authorization.id, AuthorizationEventType.REVERSED, left, entry.effective_at)
    elif request.action is CardAction.REFUND and link.authorization_id is not None:
        work.cards.note(link.authorization_id, AuthorizationEventType.REFUNDED, minor, work.bank_time)
    return render(card_object(link, work.cards.cards[link.card_id].last4))


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
    work: Work, order: Order, account: Account, amount: Money, merchant: Merchant, *, released: int = 0
) -> Resolved:
    """The movement by which a merchant collects this much, of which some was held; when the order says."""
    shop = shop_account(work, order.actor, merchant)
    bank_side = counter_account_id(order.type, account.currency)
    movement = Movement(amount, account, shop, bank_side, is_limited=False, is_forced=True, released_minor=released)
    return Resolved(movement, time_of(order, work.bank_time))


def worded(order: Order, merchant: Merchant, channel: str) -> Order:
    """The order with what its entry says where nobody said anything else."""
    return order._replace(
        type=type_of(channel),
        description=order.description or merchant.name,
        category=order.category or category_of(merchant.category),
    )


def _capture(work: Work, order: Order, request: CardRequest) -> Prepared:
    authorization = known_authorization(work, order.actor, request)
    account = work.accounts[authorization.account_id or ""]
    shop = work.accounts.get(authorization.merchant.account_id or "")
    effective_at_of(work, order, account, shop)
    hold = authorization.hold if authorization.holds_money(work.bank_time) else None
    left = max(authorization.left_minor, 0) if hold is None else hold.remaining_minor
    amount = money_of(order.amount, account.currency) if order.amount else Money(left, account.currency)
    authorization.check_can_be_captured(amount.minor, work.bank_time)
    released = 0 if hold is None else hold.released_by_capture(amount.minor, is_final=request.is_final)
    order = worded(order, authorization.merchant, authorization.channel)
    resolved = collected(work, order, account, amount, authorization.merchant, released=released)
    return Prepared(order, resolved, None if authorization.captured_minor else authorization.id)


def known_authorization(work: Work, actor: Actor, request: CardRequest) -> Authorization:
    """The authorization that is named, for somebody who may deal with it. Raises Refused (404)."""
    authorization = work.cards.authorizations.get(request.authorization_id or "")
    if authorization is None or account_of_card(work, actor, authorization.account_id) is None:
        raise Refused(NOT_FOUND)
    return authorization


def _clearing(work: Work, order: Order, request: CardRequest) -> Prepared:
    account, merchant = _account_named(work, order.actor, request), request.merchant
    if merchant is None or order.amount is None:
        raise Refused(NOT_FOUND)
    _check_currency(order, account)
    amount = _amount_of(order.amount, account)
    order = worded(order, merchant, request.channel)
    return Prepared(order, collected(work, order, account, amount, merchant), None)


def _refund(work: Work, order: Order, request: CardRequest) -> Prepared:
    if order.reverses is not None:
        return _refund_of_original(work, order)
    account, merchant = _account_named(work, order.actor, request), request.merchant
    if merchant is None or order.amount is None:
        raise Refused(NOT_FOUND)
    _check_currency(order, account)
    shop = shop_account(work, order.actor, merchant)
    amount = _amount_of(order.amount, account)
    return Prepared(_refund_order(order, merchant), _given_back(work, order, amount, shop, account), None)


def _refund_of_original(work: Work, order: Order) -> Prepared:
    original, link = work.originals.get(order.reverses or ""), work.cards.links.get(order.reverses or "")
    if original is None or link is None:
        raise Refused(NOT_FOUND)
    account = account_of_card(work, order.actor, original.entry.from_account_id)
    if account is None:
        raise Refused(NOT_FOUND)
    if original.entry.type not in PURCHASES:
        raise Refused(NOT_REVERSIBLE)
    left = original.entry.amount_minor - original.reversed_minor
    amount = money_of(order.amount, account.currency) if order.amount else Money(left, account.currency)
    if not 0 < amount.minor <= left:
        details = details_of(account.currency, available=left, amount=amount.minor)
        raise Refused(REVERSAL_TOO_LARGE, details=details)
    _check_currency(order, account)
    shop = standing_in(work.accounts[original.entry.to_account_id] if original.entry.to_account_id else None)
    return Prepared(_refund_order(order, link.merchant), _given_back(work, order, amount, shop, account), None)


def _refund_order(order: Order, merchant: Merchant) -> Order:
    return order._replace(
        description=order.description or merchant.name,
        category=order.category or category_of(merchant.category),
    )


def _given_back(work: Work, order: Order, amount: Money, shop: Account | None, account: Account) -> Resolved:
    bank_side = counter_account_id(order.type, account.currency)
    return Resolved(Movement(amount, shop, account, bank_side, is_limited=False), work.bank_time)


def _account_named(work: Work, actor: Actor, request: CardRequest) -> Account:
    card = work.cards.cards.get(request.card_id or "")
    account = None if card is None else account_of_card(work, actor, card.account_id)
    if account is None:
        raise Refused(NOT_FOUND, "There is no such card.")
    return account


def _amount_of(text: str, account: Account) -> Money:
    """An amount that nothing which was paid or promised bounds. Raises Refused (409) for more than sums can take."""
    amount = money_of(text, account.currency)
    if amount.minor > LARGEST_MOVEMENT_MINOR:
        details = details_of(account.currency, limit=LARGEST_MOVEMENT_MINOR, amount=amount.minor)
        raise Refused(MOVEMENT_LIMIT_EXCEEDED, details=details)
    return amount


def _check_currency(order: Order, account: Account) -> None:
    if order.currency is not None and order.currency != account.currency:
        raise Refused(CURRENCY_MISMATCH, details={"currency": account.currency, "given": order.currency})

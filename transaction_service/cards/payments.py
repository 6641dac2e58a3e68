"""What shops ask before they collect: authorize, increment, reverse. Whatever the answer, it is kept.

An approval holds the money, or with `captures` moves it at once; a decline is shown to the holder among their refused
transactions.
"""

from shared.amounts.money import LARGEST_MOVEMENT_MINOR, Money
from shared.card_enums import AuthorizationEventType, DeclineCode
from shared.http.json_parsing import render
from shared.identifiers import new_id
from shared.refusals import NOT_FOUND, Refusal, Refused
from transaction_service.cards import disputing
from transaction_service.cards.authorization import Authorization, AuthorizationStep
from transaction_service.cards.authorization_rows import CardLink
from transaction_service.cards.card import PRESENT, Card, CardAction, CardRequest, Merchant
from transaction_service.cards.clearing import (
    account_of_card,
    collected,
    known_authorization,
    original_of,
    shop_account,
    worded,
)
from transaction_service.cards.decisions import Approval, decide_payment
from transaction_service.cards.events import CardPaymentDeclined, payment_declined
from transaction_service.cards.merchant_categories import holds_for_us
from transaction_service.cards.payment import payment_of
from transaction_service.cards.serializers import authorization_object
from transaction_service.cards.spending import Use
from transaction_service.cards.steps import take_step
from transaction_service.exchange.agreement import too_small
from transaction_service.holds import promises
from transaction_service.ledger.booking import book
from transaction_service.ledger.decisions import Account, decide
from transaction_service.ledger.orders import COMPLETED, Order, Outcome
from transaction_service.ledger.refused_attempts import remember
from transaction_service.ledger.resolution import Work, effective_at_of, money_of

_CREATED, _OK = 201, 200


def carry_out(work: Work, order: Order) -> Outcome:
    """Answer what a shop, or a holder, asks of a card without collecting. Raises Refused."""
    request = order.card
    if request is None:
        raise Refused(NOT_FOUND)
    if request.action is CardAction.AUTHORIZE:
        return Outcome(COMPLETED, _CREATED, render(_shown(work, _authorize(work, order, request))))
    if request.action is CardAction.INCREMENT:
        return Outcome(COMPLETED, _OK, render(_increment(work, order, request)))
    if request.action is CardAction.REVERSE:
        return Outcome(COMPLETED, _OK, render(_shown(work, _reverse(work, order, request))))
    return disputing.carry_out(work, order, request)


def _authorize(work: Work, order: Order, request: CardRequest) -> Authorization:
    merchant = request.merchant
    if merchant is None or order.amount is None or order.currency is None:
        raise Refused(NOT_FOUND)
    amount = money_of(order.amount, order.currency)
    shop = shop_account(work, order.actor, merchant)
    card = work.cards.cards.get(request.card_id or "")
    account = None if card is None else account_of_card(work, order.actor, card.account_id)
    at_us = effective_at_of(work, order, account, shop)
    authorization = _drafted(work, request, merchant, amount)
    authorization.created_at = at_us
    if card is None or account is None:
        _decline(work, order, authorization, DeclineCode.INVALID_CARD, None)
    else:
        authorization.card_id, authorization.account_id, authorization.last4 = card.id, account.id, card.last4
        minor = _in_currency_of(work, account, authorization)
        spending = work.cards.spending_of(card.key, order.effective_at)
        decision = decide_payment(request, card, account, minor, spending, at_us=at_us)
        if isinstance(decision, Approval):
            decision = _approve(work, order, authorization, account, decision.approved_minor)
        if isinstance(decision, DeclineCode):
            _decline(work, order, authorization, decision, (card, account))
        has_wrong_code = authorization.decline_code == DeclineCode.WRONG_SECURITY_CODE
        work.cards.count(card.key, Use(at_us, authorization.approved_minor, has_wrong_code), work.bank_time)
    by = order.actor.initiator_for(account.owner_id if account else "")
    work.cards.added.append((authorization, by))
    return authorization


def _in_currency_of(work: Work, account: Account, authorization: Authorization) -> int | None:
    """What the payment comes to on the account, None where no rate tells; the draft says the same from now on.

    What is more than can be kept stays in the shop's currency: it is declined in any case.
    """
    original = Money(authorization.original_minor, authorization.original_currency)
    if original.currency == account.currency:
        return original.minor
    rates, fee_bp = work.rates_of(authorization.created_at), work.exchange_fee_bp(account, authorization.created_at)
    terms = None if rates is None else rates.terms(account.currency, original.currency, fee_bp=fee_bp)
    if terms is None:
        return None
    minor = terms.source_minor(original.minor)
    if minor <= LARGEST_MOVEMENT_MINOR:
        authorization.terms, authorization.currency, authorization.amount_minor = terms, account.currency, minor
    return minor


def _drafted(work: Work, request: CardRequest, merchant: Merchant, amount: Money) -> Authorization:
    return Authorization(
        key=None,
        id=new_id(),
        card_id=None,
        account_id=None,
        hold_id=None,
        amount_minor=amount.minor,
        approved_minor=0,
        forced_minor=0,
        currency=amount.currency,
        original_minor=amount.minor,
        original_currency=amount.currency,
        terms=None,
        merchant=merchant,
        channel=request.channel,
        decline_code=None,
        expires_at=work.bank_time + _span_us(merchant, request.channel),
        created_at=work.bank_time,
    )


def _span_us(merchant: Merchant, channel: str) -> int:
    return holds_for_us(merchant.category, is_present=channel in PRESENT)


def _approve(
    work: Work, order: Order, authorization: Authorization, account: Account, minor: int
) -> Approval | DeclineCode:
    """Hold the money, or move it where it is collected at once; a decline where that could not be booked."""
    request, merchant, terms = order.card, authorization.merchant, authorization.terms
    original = Money(authorization.original_minor, authorization.original_currency)
    if minor < authorization.amount_minor:
        original = Money(minor if terms is None else terms.affordable_minor(minor), original.currency)
        minor = authorization.added_by(original.minor)
    if minor == 0:
        return DeclineCode.INSUFFICIENT_FUNDS
    order = worded(order, merchant, authorization.channel)
    resolved = collected(work, order, account, payment_of(terms, minor, original), merchant)
    resolved = resolved._replace(movement=resolved.movement._replace(is_forced=False))
    legs = decide(resolved.movement)
    if isinstance(legs, Refusal):
        return DeclineCode.DO_NOT_HONOR
    if request is not None and request.captures:
        book(work, order, resolved, legs, entry_id=authorization.id)
        link = CardLink(authorization.card_id or "", authorization.id, merchant, authorization.channel)
        work.cards.new_links.append((work.next_position - 1, link))
        authorization.forced_minor = minor
    else:
        span_us = _span_us(merchant, authorization.channel)
        hold = promises.place(work, account, minor, order, span_us=span_us, authorization_id=authorization.id)
        authorization.hold, authorization.hold_id = hold, hold.id
    authorization.approved_minor = minor
    is_whole = minor == authorization.amount_minor
    kind = AuthorizationEventType.APPROVED if is_whole else AuthorizationEventType.PARTLY_APPROVED
    approved = AuthorizationStep(authorization.id, kind, minor, original.minor, authorization.created_at)
    take_step(work, approved, authorization)
    if authorization.forced_minor:
        take_step(work, approved._replace(type=AuthorizationEventType.CAPTURED), authorization)
    return Approval(minor)


def _tell(work: Work, declined: CardPaymentDeclined, at_us: int) -> None:
    """Tell the holder, but not of each of very many attempts: those are in their history."""
    if declined.decline_code is not DeclineCode.FREQUENCY_LIMIT:
        work.tell(declined, at_us)


def _decline(
    work: Work, order: Order, authorization: Authorization, code: DeclineCode, of: tuple[Card, Account] | None
) -> None:
    """Keep why, show it to the holder and tell them. Without a card there is no holder."""
    authorization.decline_code = code.value
    at_us, amounts = authorization.created_at, (authorization.amount_minor, authorization.original_minor)
    work.cards.note(AuthorizationStep(authorization.id, AuthorizationEventType.DECLINED, *amounts, at_us))
    if of is None:
        return
    card, account = of
    _tell(work, payment_declined(authorization, card, account, code, amount_minor=amounts[0], at_us=at_us), at_us)
    worded_order = worded(order, authorization.merchant, authorization.channel)
    remember(
        work,
        {
            "id": authorization.id,
            "initiator": order.actor.initiator_for(account.owner_id),
            "request_id": order.request_id,
            "owner_id": account.owner_id,
            "type": worded_order.type,
            "currency": authorization.currency,
            "amount_minor": authorization.amount_minor,
            "account_key": account.key,
            "payer_key": account.key,
            "payee_key": None,
            "description": worded_order.description,
            "category": worded_order.category,
            "error_code": code.value,
            "details": None,
            "effective_at": at_us,
            "booked_at": work.booked_at,
            "end_to_end_id": None,
        },
        account,
    )


def _increment(work: Work, order: Order, request: CardRequest) -> dict[str, object]:
    """Hold more for what was authorized; where that is declined it stands as it was, and the reply says why."""
    authorization = known_authorization(work, order.actor, request)
    account, card = work.accounts[authorization.account_id or ""], work.cards.cards[authorization.card_id or ""]
    hold = authorization.check_is_pending(work.bank_time)
    amount = money_of(order.amount or "", authorization.original_currency)
    minor = authorization.added_by(amount.minor)
    if minor == 0:
        raise too_small(amount, account.currency)
    spending = work.cards.spending_of(card.key, None)
    asked = request._replace(merchant=authorization.merchant, channel=authorization.channel)
    decision = decide_payment(
        asked,
        card,
        account,
        minor,
        spending,
        at_us=work.bank_time,
        promised_minor=authorization.promised_minor,
    )
    added = AuthorizationStep(authorization.id, AuthorizationEventType.INCREMENTED, minor, amount.minor, work.bank_time)
    if isinstance(decision, DeclineCode):
        work.cards.note(added._replace(type=AuthorizationEventType.INCREMENT_DECLINED))
        told = payment_declined(authorization, card, account, decision, amount_minor=minor, at_us=work.bank_time)
        _tell(work, told, work.bank_time)
        story = work.cards.story_of(authorization.id)
        return authorization_object(authorization, story, decline_code=decision.value)
    promises.add_to(work, hold, minor)
    work.cards.count(card.key, Use(work.bank_time, minor, is_attempt=False), work.bank_time)
    take_step(work, added)
    return _shown(work, authorization)


def _reverse(work: Work, order: Order, request: CardRequest) -> Authorization:
    """Give back what is held for an authorization, or a part of it."""
    authorization = known_authorization(work, order.actor, request)
    hold = authorization.check_is_pending(work.bank_time)
    original = original_of(order, authorization)
    authorization.check_can_be_given_back(original.minor)
    minor = authorization.taken_by(original.minor)
    if minor == 0:
        raise too_small(original, hold.currency)
    promises.give_back(work, hold, minor, original.minor)
    return authorization


def _shown(work: Work, authorization: Authorization) -> dict[str, object]:
    return authorization_object(authorization, work.cards.story_of(authorization.id))

"""What is said of payments arranged beforehand, declined or disputed: orders, mandates, direct debits, cards. Pure."""

from collections.abc import Callable
from datetime import date

from notification_service.inbox.message import Message, amount_text
from notification_service.inbox.rules import FACTS_OF_ARRANGED, NewNotification
from shared.card_enums import DisputeStatus
from shared.enums import NotificationType

_WHY_FAILED = {
    "RATE_UNAVAILABLE": "the bank had no exchange rate for it",
    "AMOUNT_TOO_SMALL": "it was worth less than the smallest amount of the other currency",
    "INSUFFICIENT_FUNDS": "there was too little money on the account, in the morning and at 14:00",
    "DAILY_LIMIT_EXCEEDED": "it would have gone above the account's limit for the day",
    "MOVEMENT_LIMIT_EXCEEDED": "it is above the account's limit per payment",
    "ACCOUNT_FROZEN": "your account or the recipient's is frozen",
    "ACCOUNT_CLOSED": "the recipient's account is closed",
}
_WHY_RETURNED = {
    "AM04": "there was too little money on the account",
    "AC04": "an account is closed",
    "AC06": "an account is frozen",
    "MD01": "there was no mandate in force",
    "MS02": "it was refused",
}
_WHY_DECLINED = {
    "INSUFFICIENT_FUNDS": "there was too little money on {account}",
    "CARD_EXPIRED": "the card has expired",
    "INVALID_CARD": "the card is not in use any more, or the shop read another date off it",
    "LOST_CARD": "the card was reported lost",
    "STOLEN_CARD": "the card was reported stolen",
    "CARD_FROZEN": "the card is frozen",
    "CHANNEL_BLOCKED": "you have switched off this way of paying",
    "MERCHANT_BLOCKED": "you have blocked merchants of this kind",
    "AMOUNT_LIMIT": "it would have gone above one of the card's limits",
    "FREQUENCY_LIMIT": "the card was used too often, or with too many wrong security codes, within a short time",
    "WRONG_SECURITY_CODE": "the security code was wrong",
    "ACCOUNT_CLOSED": "the card's account is closed",
    "RATE_UNAVAILABLE": "the bank had no exchange rate for it",
}
_ORDER_CHANGED = {
    "active": ("was changed", "goes on as you see on its page"),
    "paused": ("is paused", "pays nothing until you resume it"),
    "completed": ("is over", "has paid for the last time"),
    "failed": ("is over", "is not tried again"),
    "cancelled": ("was cancelled", "pays nothing any more"),
}
_BLOCKED_ALREADY = frozenset({"CARD_EXPIRED", "LOST_CARD", "STOLEN_CARD", "CARD_FROZEN", "ACCOUNT_CLOSED"})
_ORDERS = {
    "standing_order": ("standing order", "/standing-orders"),
    "scheduled_payment": ("scheduled payment", "/scheduled-payments"),
}
_MANDATES = {
    "active": ("{name} confirmed your mandate", "You can collect from {name} by the mandate {reference}."),
    "cancelled": ("A direct debit mandate was cancelled", "The mandate {reference} with {name} is not in force."),
    "expired": (
        "A direct debit mandate has expired",
        "The mandate {reference} with {name} was not used for 36 months.",
    ),
    "completed": ("A mandate was used", "The mandate {reference} with {name} was for one collection, which was paid."),
}
_AGREED_FOR_THEM = (
    "The bank agreed to a direct debit mandate for you",
    "{name} can collect from {account} by the mandate {reference}. If you did not ask the bank for that, end it.",
)
_DIRECT_DEBITS, _COLLECTING = "/direct-debits", "/direct-debits/collecting"


def arranged_message(notification: NewNotification, account: str) -> Message:
    """What to say; `account` is what the person calls the account that it is about."""
    kind = NotificationType(notification.type)
    facts = dict(zip(FACTS_OF_ARRANGED[kind], notification.detail.split("\n"), strict=False))
    amount = amount_text(notification.amount_minor or 0, notification.currency or "") if notification.currency else ""
    return WORDS_OF_ARRANGED[kind](facts, amount, account)


def _failed(facts: dict[str, str], amount: str, account: str) -> Message:
    name, link = _ORDERS.get(facts.get("kind", ""), ("order", "/standing-orders"))
    why = _WHY_FAILED.get(facts.get("error_code", ""), "the bank could not carry it out")
    body = f"Your {name} for {_day(facts)} was not paid from {account}: {why}.{_quoted(facts)}"
    return Message(f"A payment of {amount} was not made", body, link)


def _order_placed(facts: dict[str, str], amount: str, account: str) -> Message:
    name, link = _ORDERS.get(facts.get("kind", ""), ("order", "/standing-orders"))
    body = f"It pays {amount} from {account}.{_quoted(facts)}"
    return Message(f"A new {name} of {amount}", body, link)


def _order_changed(facts: dict[str, str], amount: str, account: str) -> Message:
    name, link = _ORDERS.get(facts.get("kind", ""), ("order", "/standing-orders"))
    how, since = _ORDER_CHANGED.get(facts.get("status", ""), _ORDER_CHANGED["active"])
    if facts.get("kind") == "scheduled_payment" and facts.get("status") == "completed":
        how, since = "was paid", "was paid as you have arranged"
    body = f"Your {name} of {amount} from {account} {since}.{_quoted(facts)}"
    return Message(f"Your {name} {how}", body, link)


def _requested(facts: dict[str, str], _amount: str, account: str) -> Message:
    body = (
        f"{facts.get('other_name')} asks to collect from {account} by direct debit, with the mandate "
        f"{facts.get('reference')}. Nothing is collected unless you confirm it."
    )
    return Message(f"{facts.get('other_name')} asks for a direct debit mandate", body, _DIRECT_DEBITS)


def _mandate_changed(facts: dict[str, str], _amount: str, account: str) -> Message:
    title, body = _MANDATES.get(facts.get("status", ""), _MANDATES["cancelled"])
    is_active, is_agreed_for_them = facts.get("status") == "active", facts.get("side") == "debtor"
    if is_active and is_agreed_for_them:  # who has agreed themselves does not hear of it
        title, body = _AGREED_FOR_THEM
    names = {"name": facts.get("other_name", ""), "reference": facts.get("reference", ""), "account": account}
    link = _COLLECTING if is_active and not is_agreed_for_them else _DIRECT_DEBITS
    return Message(title.format(**names), body.format(**names), link)


def _announced(facts: dict[str, str], amount: str, account: str) -> Message:
    body = f"{facts.get('other_name')} will collect {amount} from {account} on {_day(facts)}.{_quoted(facts)}"
    return Message(f"A direct debit of {amount} on {_day(facts)}", body, _DIRECT_DEBITS)


def _returned(facts: dict[str, str], amount: str, account: str) -> Message:
    why = _WHY_RETURNED.get(facts.get("return_code", ""), "the bank could not carry it out")
    is_creditor = facts.get("side") == "creditor"
    way = f"from {facts.get('other_name')} for" if is_creditor else f"by {facts.get('other_name')} from"
    body = f"The direct debit of {amount} {way} {account} was not paid: {why}.{_quoted(facts)}"
    return Message(f"A direct debit of {amount} was returned", body, _COLLECTING if is_creditor else _DIRECT_DEBITS)


def _refunded(facts: dict[str, str], amount: str, account: str) -> Message:
    body = f"{facts.get('other_name')} had {amount} back that was collected for {account}.{_quoted(facts)}"
    return Message(f"A direct debit refund of {amount}", body, _COLLECTING)


def _declined(facts: dict[str, str], amount: str, account: str) -> Message:
    why = _WHY_DECLINED.get(facts.get("decline_code", ""), "the card or its account is blocked").format(account=account)
    shop, last4 = facts.get("merchant_name") or "A shop", facts.get("last4", "")
    card = f"your card ending in {last4}" if last4 else "your card"
    advice = "" if facts.get("decline_code") in _BLOCKED_ALREADY else " If this was not you, freeze the card."
    link = f"/cards/payments/{facts['authorization_id']}" if facts.get("authorization_id") else "/cards"
    body = f"{shop} asked for {amount} from {card}. It was declined: {why}.{advice}"
    return Message(f"A card payment of {amount} was declined", body, link)


def _card_statement(facts: dict[str, str], amount: str, account: str) -> Message:
    minimum = _other_amount(facts.get("minimum_minor"), amount)
    body = f"On {_day(facts)} {amount} was owed on {account}, of which {minimum} has to be paid now."
    return Message(f"A credit card bill of {amount}", f"{body} It is settled from the account linked to it.", "/cards")


def _card_bill_paid(facts: dict[str, str], amount: str, account: str) -> Message:
    body = f"{amount} of the bill of {_day(facts)} on {account} was paid from the account linked to it."
    return Message(f"{amount} of a credit card bill was paid", body, "/cards")


def _card_bill_unpaid(facts: dict[str, str], amount: str, account: str) -> Message:
    late_fee = facts.get("late_fee_minor")
    fee = f" A fee of {_other_amount(late_fee, amount)} was charged." if late_fee else ""
    body = (
        f"Of the bill of {_day(facts)} on {account}, {amount} is owed: the linked account had too little, or is frozen."
    )
    again = " What is left costs interest. It is tried again on each of five days, or pay it now."
    return Message("A credit card bill was not paid in full", f"{body}{fee}{again}", "/cards")


def _dispute_resolved(facts: dict[str, str], amount: str, account: str) -> Message:
    payment = f"the payment of {amount} to {facts.get('merchant_name') or 'a shop'} that you disputed"
    link = f"/transactions/{facts['transaction_id']}" if facts.get("transaction_id") else "/cards"
    if facts.get("status") == DisputeStatus.WON:
        body = f"The bank has decided for you about {payment}: the money stays on {account}."
        return Message(f"Your dispute about {amount} was decided for you", body, link)
    body = (
        f"The bank has decided against you about {payment}: the payment stands, and what was given back to {account} "
        "meanwhile is taken again."
    )
    return Message(f"Your dispute about {amount} was decided against you", body, link)


def _floor_passed(facts: dict[str, str], amount: str, account: str) -> Message:
    below = _other_amount(facts.get("below_minor"), amount)
    link = f"/transactions/{facts['transaction_id']}" if facts.get("transaction_id") else "/accounts"
    body = (
        f"{amount} was due, whatever was there, and has left {account} {below} below its limit. Please pay money in: "
        f"until then nothing that you ask for leaves it.{_quoted(facts)}"
    )
    return Message(f"Your account is {below} below its limit", body, link)


def _product_changed(facts: dict[str, str], _amount: str, _account: str) -> Message:
    name = facts.get("name") or "Your product"
    said = facts.get("changes", "")
    body = f"From {_day(facts)} other terms apply to your accounts of this product. {said[:1].upper()}{said[1:]}."
    return Message(f"The terms of {name} change", body, "/products")


def _other_amount(minor: str | None, amount: str) -> str:
    """So many minor units in the currency of an amount that is written out."""
    return amount_text(int(minor or 0), amount.rpartition(" ")[2])


def _day(facts: dict[str, str]) -> str:
    if not facts.get("due_on"):
        return "its day"
    day = date.fromisoformat(facts["due_on"])
    return f"{day.day} {day:%B %Y}"


def _quoted(facts: dict[str, str]) -> str:
    return f" For: “{facts['description']}”" if facts.get("description") else ""


WORDS_OF_ARRANGED: dict[NotificationType, Callable[[dict[str, str], str, str], Message]] = {
    NotificationType.ORDER_PLACED: _order_placed,
    NotificationType.ORDER_CHANGED: _order_changed,
    NotificationType.ORDER_FAILED: _failed,
    NotificationType.MANDATE_REQUESTED: _requested,
    NotificationType.MANDATE_CHANGED: _mandate_changed,
    NotificationType.COLLECTION_ANNOUNCED: _announced,
    NotificationType.COLLECTION_RETURNED: _returned,
    NotificationType.COLLECTION_REFUNDED: _refunded,
    NotificationType.CARD_PAYMENT_DECLINED: _declined,
    NotificationType.CARD_STATEMENT_MADE: _card_statement,
    NotificationType.CARD_BILL_PAID: _card_bill_paid,
    NotificationType.CARD_BILL_UNPAID: _card_bill_unpaid,
    NotificationType.DISPUTE_RESOLVED: _dispute_resolved,
    NotificationType.FLOOR_PASSED: _floor_passed,
    NotificationType.PRODUCT_CHANGED: _product_changed,
}

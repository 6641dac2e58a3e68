"""What people read when something was refused: a sentence for each code, with the figures that came beside it. Pure.

Services say in `error_code`, `details` and `details.problems` all that their own sentences do. So the words are here
alone, by code: another language is other tables. What has no words here keeps those of its service.
"""

from collections.abc import Mapping
from typing import Any

from gateway.web.formatting import amount, day, day_and_time, number
from shared.refusals import Refused

REFUSALS: Mapping[str, str] = {
    "INSUFFICIENT_FUNDS": "That is more than the {available} available on this account.",
    "MOVEMENT_LIMIT_EXCEEDED": "One payment on this account may be {limit} at most.",
    "DAILY_LIMIT_EXCEEDED": "That would go above the {limit} that may leave this account in one day. "
    "{available} is left until {retry_at}.",
    "NOTICE_REQUIRED": "What leaves this account is arranged {notice_days} days beforehand. Schedule the payment: "
    "it is made on {earliest_on} at the earliest.",
    "BALANCE_TOO_LARGE": "The account cannot hold more than {limit}.",
    "SAME_ACCOUNT": "This is the account that pays. Choose another.",
    "RATE_UNAVAILABLE": "The bank has no exchange rate between {currency} and {other_currency}.",
    "AMOUNT_TOO_SMALL": "That is worth less than the smallest amount in {other_currency}.",
    "QUOTE_EXPIRED": "The quote's minute is over. Look at the new amounts and confirm them.",
    "QUOTE_USED": "This was paid already, by the same quote: look among your transactions.",
    "QUOTE_MISMATCH": "The quote was for {amount}. Review what is to be exchanged.",
    "REVERSAL_TOO_LARGE": "That is more than the {available} left to reverse.",
    "MORE_THAN_HELD": "That is more than the {available} still held.",
    "HOLD_NOT_PENDING": "This hold has ended: nothing is held any more.",
    "HOLD_OF_CARD_PAYMENT": "A card payment holds this: give back all of it, or leave it to the shop.",
    "ORDER_ENDED": "This order has ended: nothing is paid by it any more.",
    "PAYEE_EXISTS": "You have a payee with this account number already.",
    "PAYEE_LIMIT_REACHED": "{used} payees are as many as one person may keep. Delete one first.",
    "MANDATE_NOT_ACTIVE": "This mandate is not in force.",
    "COLLECTION_SETTLED": "This direct debit is over.",
    "NOT_REFUNDABLE": "This direct debit cannot be refunded any more.",
    "DISPUTE_TOO_LATE": "It is too late: this payment could be disputed until {until}.",
    "PAYMENT_DISPUTED": "This payment is disputed, or was. What comes back of it is decided there, or by the shop.",
    "ACCOUNT_FROZEN": "This account is frozen: no money moves on it until the bank unfreezes it.",
    "ACCOUNT_CLOSED": "This account is closed.",
    "ACCOUNT_HAS_CARD_PAYMENTS": "Card payments to it are yet to be collected. It can be closed after {until} at the "
    "latest.",
    "ACCOUNT_HAS_COLLECTIONS": "Direct debits were paid to it that can still be refunded. It can be closed after that.",
    "ACCOUNT_HAS_DISPUTES": "A card payment from or to it is disputed. It can be closed once that is decided.",
    "ACCOUNT_SETTLES_CARD": "A credit card is settled from this account. Have it settled from another one first.",
    "ACCOUNT_NOT_EMPTY": "The account still holds {balance}. Move it first.",
    "ACCOUNT_LIMIT_REACHED": "{used} accounts are as many as one person may have. Close one first.",
    "ACCOUNTS_STILL_OPEN": "All accounts have to be closed first; {accounts} of them are not.",
    "STAFF_NOT_ERASED": "Who works at the bank is not erased.",
    "USER_ERASED": "This customer was erased: there is nothing to change.",
    "PRODUCT_CHANGED": "Somebody else has changed this product meanwhile. Look at its terms again.",
    "PRODUCT_EXISTS": "There is a product of this code already. Take another code.",
    "CARD_ENDED": "This card can no longer be used.",
    "CARD_FROZEN_BY_BANK": "The bank has frozen this card. Please ask the bank.",
    "CARD_LIMIT_REACHED": "{used} cards are as many as one account may have. Cancel one first.",
    "CARD_NOT_SETTLED": "Pay what is owed on this card, or move away what was paid too much, and wait until shops have "
    "collected what is pending. What it has cost since its last bill is taken from the account that its bills are paid "
    "from as you cancel it: if that account is frozen or holds too little, have it settled from another one first. "
    "Then cancel the card.",
    "CREDIT_LIMIT_EXCEEDED": "Unless somebody at the bank decides otherwise, it can lend {limit} at most.",
    "NOTHING_OWED": "Nothing is owed on this card.",
    "EXPORT_TOO_LONG": "That is more than a sheet of Excel holds. Choose fewer days or another format.",
    "STATEMENT_TOO_LONG": "More moved in these days than one statement holds. Choose fewer days.",
    "REPORT_TOO_LARGE": "That is more than one report can hold. Group by less, or choose fewer days.",
    "REPORT_TOO_SLOW": "So many transactions take too long to count. Choose fewer days.",
    "REPORT_UNREADABLE": "What this report asks for is not understood any more. Change it, or delete it.",
    "TOO_MANY_REPORTS": "{limit} reports are as many as one person may have. Delete one first.",
    "MORE_THAN_OWED": "That is more than the {owed} owed on this card.",
    "TOO_MANY_WEBHOOKS": "{limit} webhooks are as many as one person may have. Delete one first.",
    "TOO_MANY_FAULTS": "{limit} faults are as many as are kept. Remove one first.",
    "ONLY_IN_DEVELOPMENT": "A bank in production does not do this.",
    "RESET_TOKEN_INVALID": "This link is not valid any more. Ask for a new one.",
    "TOO_MANY_ATTEMPTS": "Too many wrong passwords. Try again in {retry_after_seconds} s.",
    "IDEMPOTENCY_KEY_REUSED": "This was changed while it was being sent. Nothing new was done; review it again.",
}
"""For the code of a refusal; what stands in braces are names of its `details`."""

PROBLEMS: Mapping[str, str] = {
    "current_password.missing": "Must be given to change the e-mail address.",
    "cannot_be_refunded_to": "Must be another open account of theirs in this currency, and no credit card's.",
    "missing": "Must be given.",
    "empty": "Must not be empty.",
    "too_long": "Must have at most {limit} characters.",
    "too_short": "Must have at least {limit} characters.",
    "wrong_length": "Must have {min_length} to {max_length} characters.",
    "too_small": "Must be at least {limit}.",
    "too_large": "Must be at most {limit}.",
    "not_a_choice": "This is not one of the choices.",
    "not_a_number": "Must be a whole number.",
    "whole_number": "Must be a whole number.",
    "amount_zero": "Must be more than zero.",
    "amount_format": "Must be an amount above zero such as 12.34.",
    "too_many_decimals": "{currency} has at most {limit} decimals.",
    "account_number": "Must be an account number (IBAN), such as DE89 3704 0044 0532 0130 00.",
    "check_digits": "The check digits are wrong; look for a typing error.",
    "date_or_instant": "Enter a date such as 2026-11-20.",
    "out_of_range": "Enter a date such as 2026-11-20.",
    "not_a_date": "Enter a date such as 2026-11-20.",
    "in_the_past": "This day has passed. Choose {today} or a later one.",
    "before_the_first": "No payment would be made until then. Choose a later day.",
    "both_days": "Choose both days.",
    "reversed_range": "This day is before the one in From.",
    "is_a_name": "Must not be your user name or e-mail address.",
    "too_common": "Is one of the first that anybody would guess; choose another.",
    "reserved": "Is kept for the bank itself; choose another.",
    "has_passed": "This day has passed. The first possible one is {bank_day}.",
    "not_rising": "Each step must begin above the one before.",
    "unchanged": "Must differ from the current one.",
    "not_the_name": "Must be the bank's name, “{name}”.",
}
"""For the code of a field's problem, or first of a field's name and code; what stands in braces are its parameters."""

HISTORY: Mapping[str, str] = {
    "INSUFFICIENT_FUNDS": "There was not enough money available on the account. Nothing was taken from it.",
    "MOVEMENT_LIMIT_EXCEEDED": "The amount is above what one payment from this account may be.",
    "DAILY_LIMIT_EXCEEDED": "It would have gone above what may leave this account in one day. Try again tomorrow.",
    "NOTICE_REQUIRED": "What leaves this account is arranged some time beforehand. Schedule the payment instead.",
    "SAME_ACCOUNT": "Both sides were the same account.",
    "CURRENCY_MISMATCH": "The amount was in another currency than the account.",
    "AMOUNT_TOO_SMALL": "It was worth less than the smallest amount of the other currency.",
    "QUOTE_MISMATCH": "The quote was for another amount or other currencies.",
    "BALANCE_TOO_LARGE": "The account that was to be paid cannot hold that much.",
    "NOT_REVERSIBLE": "A reversal cannot itself be reversed, nor what a dispute or another gave back already.",
    "MORE_THAN_HELD": "It was more than was still held.",
    "MORE_THAN_OWED": "It was more than was owed on the card.",
    "REVERSAL_TOO_LARGE": "It was more than was left of the original to take back.",
}
"""For the code of a refusal that a receipt tells of: what happened, and what helps."""

_MONEY = frozenset({"limit", "used", "available", "amount", "balance", "missing"})
_TIMES = frozenset({"retry_at", "bank_time", "until"})
_DAYS = frozenset({"earliest_on"})


def refusal_message(refused: Refused) -> str:
    """The sentence for a refusal, with its figures; the service's own where there is none, or a figure is missing."""
    return _filled(REFUSALS.get(refused.refusal.code), refused.details) or refused.message or refused.refusal.message


def field_messages(refused: Refused) -> dict[str, str]:
    """What is wrong with each field that a refusal names, by the field's name in the API."""
    problems = refused.details.get("problems", {})
    return {
        name: _problem(name, problems.get(name, {})) or sentence(str(said))
        for name, said in refused.details.get("fields", {}).items()
    }


def problem_codes(refused: Refused) -> dict[str, str]:
    """The code of what is wrong with each field that a refusal names."""
    return {name: str(problem.get("code")) for name, problem in refused.details.get("problems", {}).items()}


def history_message(error_code: str) -> str:
    """The sentence for a refused transaction; for one that nobody has written words for, the code itself in words."""
    return HISTORY.get(error_code) or error_code.replace("_", " ").capitalize() + "."


def sentence(problem: str) -> str:
    """`must be more than zero` as a sentence: `Must be more than zero.`"""
    text = problem.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _problem(name: str, problem: Mapping[str, Any]) -> str | None:
    code = str(problem.get("code"))
    return _filled(PROBLEMS.get(f"{name}.{code}") or PROBLEMS.get(code), problem)


def _filled(text: str | None, figures: Mapping[str, Any]) -> str | None:
    if text is None:
        return None
    try:
        return text.format_map({name: _shown(name, value, figures) for name, value in figures.items()})
    except KeyError:
        return None


def _shown(name: str, value: Any, figures: Mapping[str, Any]) -> str:
    if name in _TIMES and isinstance(value, str):
        return day_and_time(value)
    if name in _DAYS and isinstance(value, str):
        return day(value)
    if name in _MONEY and isinstance(value, str) and "currency" in figures:
        return f"{amount(value)} {figures['currency']}"
    return number(value) if isinstance(value, int) else str(value)

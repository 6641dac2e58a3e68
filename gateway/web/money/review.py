"""What a movement would do, shown before it is done: who is paid, how much, what is left, what stands in its way."""

from dataclasses import dataclass, field
from decimal import Decimal

from gateway.web.account_field import Account, name_of
from gateway.web.api_client import api
from gateway.web.error_messages import refusal_message, sentence
from gateway.web.form_errors import show_problem
from gateway.web.formatting import amount as shown
from gateway.web.money.forms import OWN, MovementForm, TransferForm, add_error
from sandbank.types import Quote
from shared.amounts.account_numbers import read_account_number
from shared.refusals import NOT_FOUND, Refused

SERVER_ERRORS = 500


@dataclass(frozen=True)
class Party:
    """One side of a movement. Balances are decimal texts; None where they are not the customer's to know."""

    role: str
    name: str
    number: str
    currency: str
    status: str
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True)
class Review:
    """What would happen. With an obstacle it cannot be sent as it is.

    `quote` is what the bank promises to give, where the payee's account is in another currency.
    """

    parties: list[Party]
    obstacles: list[str] = field(default_factory=list)
    quote: Quote | None = None
    name_check: str = ""
    """What the bank says of a payee's name: `match`, `close_match` ...; nothing of a number that is no payee's."""


def reviewed(form: MovementForm, *, role: str, pays: bool) -> Review | None:
    """The review of what the form says; None when something in the form is wrong, which then stands beside its field.

    `pays` says whether the money leaves the customer's own account, `role` what that account is called.
    Raises Refused when the bank cannot be asked who would be paid.
    """
    is_valid = form.validate()
    account = form.own.account
    if account is None:
        add_error(form.own, "Choose one of your accounts.")
        return None
    if account["status"] != "open":
        add_error(form.own, f"This account is {account['status']}: no money moves on it.")
        is_valid = False
    if not form.settle_amount(account["currency"]):
        is_valid = False
    elif pays and Decimal(form.amount.data) > Decimal(account["available_balance"]):
        available = f"{shown(account['available_balance'])} {account['currency']}"
        add_error(form.amount, f"That is more than the {available} available on this account.")
        is_valid = False
    payee = _payee(form, account) if isinstance(form, TransferForm) else None
    if not is_valid or (payee is None and isinstance(form, TransferForm)):
        return None
    own = _own_side(role, account, form.amount.data, pays=pays)
    if payee is None or not isinstance(form, TransferForm):
        return Review([own])
    obstacles = _obstacles(payee)
    is_exchange = payee["currency"] != account["currency"] and not obstacles
    quote = _quoted(form, account, payee, obstacles) if is_exchange else None
    form.quote_id.data = quote["id"] if quote else ""
    paid = _paid_side(payee, form.amount.data, quote, account)
    return Review([own, paid], obstacles, quote, _checked_name(form))


def _checked_name(form: TransferForm) -> str:
    if form.recipient.data == OWN or form.payee is None:
        return ""
    return api().payees.check(form.payee["name"], form.payee["account_number"]).data["result"]


def _quoted(form: TransferForm, source: Account, payee: Account, obstacles: list[str]) -> Quote | None:
    """What the bank gives for the amount; why it gives nothing is one more obstacle."""
    try:
        currencies = source["currency"], payee["currency"]
        quote: Quote = api().transactions.quote(*currencies, form.amount.data, from_account_id=source["id"]).data
    except Refused as refused:
        if refused.refusal.status >= SERVER_ERRORS:
            raise
        obstacles.append(refusal_message(refused))
        return None
    return quote


def _own_side(role: str, account: Account, amount: str, *, pays: bool) -> Party:
    balance = Decimal(account["balance"])
    after = balance - Decimal(amount) if pays else balance + Decimal(amount)
    number, currency = account["account_number"], account["currency"]
    return Party(role, name_of(account), number, currency, account["status"], account["balance"], str(after))


def _paid_side(payee: Account, amount: str, quote: Quote | None, source: Account) -> Party:
    """Who is paid; of an account of the customer's own also what will be on it."""
    arrives = amount if payee["currency"] == source["currency"] else quote and quote["target_amount"]
    if "balance" in payee and arrives:
        return _own_side("To", payee, arrives, pays=False)
    name = name_of(payee) if "balance" in payee else payee["holder_name"]
    return Party("To", name, payee["account_number"], payee["currency"], payee["status"])


def _payee(form: TransferForm, source: Account) -> Account | None:
    if form.recipient.data == OWN:
        chosen = form.to_account_id.account
        if chosen is None:
            add_error(form.to_account_id, "Choose the account to pay into.")
    else:
        chosen = _looked_up(form)
    if chosen is None:
        return None
    if chosen["account_number"] == source["account_number"]:
        add_error(form.target, "This is the account that pays. Choose another.")
        return None
    return chosen


def _looked_up(form: TransferForm) -> Account | None:
    number = form.parties()["to_account_number"]
    if not number:
        add_error(form.to_account_number, "Type the account number to pay to.")
        return None
    try:
        read_account_number(number)
    except ValueError as problem:
        add_error(form.to_account_number, sentence(str(problem)))
        return None
    mine = form.from_account_id.numbered(number)
    if mine is not None:
        return mine
    try:
        found: Account = api().accounts.lookup(number).data
    except Refused as refused:
        if refused.refusal.status != NOT_FOUND.status:
            show_problem(form, refused, account_number="to_account_number")
        else:
            add_error(form.to_account_number, "No account of this bank has this number.")
        return None
    return found


def _obstacles(payee: Account) -> list[str]:
    if payee["status"] == "open":
        return []
    return [f"The account to be paid is {payee['status']}: no money can reach it."]

"""Ordering a credit card, and paying what is owed on one. A form that moves money keeps its id all the way."""

from typing import Any

from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from gateway.web.account_field import AccountField
from gateway.web.amount_input import exact_amount
from gateway.web.base_form import BaseForm
from gateway.web.money.forms import add_error
from sandbank.types.cards import Card

_AN_AMOUNT = {"inputmode": "decimal", "autocomplete": "off", "maxlength": "40"}


class OrderCreditCardForm(BaseForm):
    """A new credit card: from which account its bills are paid, and what it may lend."""

    form_id = HiddenField()
    settlement_account = AccountField("Bills are paid from")
    credit_limit = StringField(
        "Limit (optional)",
        description="How much it may lend; all that the bank grants when left empty.",
        render_kw=_AN_AMOUNT,
    )
    billing_day = IntegerField(
        "Billing day (optional)",
        [Optional(), NumberRange(1, 28)],
        description="On this day of each month, 1 to 28; today's day when left empty.",
        render_kw={"inputmode": "numeric", "min": "1", "max": "28"},
    )
    nickname = StringField(
        "Name (optional)",
        [Length(max=60, message="At most 60 characters.")],
        description="What you call it, such as Travel.",
        render_kw={"autocomplete": "off"},
    )

    def settle_limit(self, currency: str) -> bool:
        """Make the limit exact in this currency; what is wrong with it is put beside it."""
        return _settled(self.credit_limit, currency)

    def payload(self) -> dict[str, Any]:
        """What the typed client is asked with; what was left empty is left out."""
        said = {
            "settlement_account_id": self.settlement_account.data or "",
            "credit_limit": self.credit_limit.data or "",
            "billing_day": self.billing_day.data or 0,
            "nickname": (self.nickname.data or "").strip(),
        }
        return {name: value for name, value in said.items() if value}


class CreditTermsForm(BaseForm):
    """What a credit card may lend, when it is billed, and from which account that is paid."""

    credit_limit = StringField("Limit", render_kw=_AN_AMOUNT)
    billing_day = IntegerField(
        "Billing day",
        [InputRequired(message="Say on which day."), NumberRange(1, 28)],
        description="On this day of each month, 1 to 28.",
        render_kw={"inputmode": "numeric", "min": "1", "max": "28"},
    )
    settlement_account = AccountField("Bills are paid from")

    def settle_limit(self, currency: str) -> bool:
        """Make the limit exact in this currency; what is wrong with it is put beside it."""
        if not (self.credit_limit.data or "").strip():
            add_error(self.credit_limit, "Say how much.")
            return False
        return _settled(self.credit_limit, currency)

    def payload(self, card: Card) -> dict[str, Any]:
        """What differs from the card as it is, for the typed client."""
        said = {
            "credit_limit": self.credit_limit.data,
            "billing_day": self.billing_day.data,
            "settlement_account_id": self.settlement_account.data,
        }
        return {name: value for name, value in said.items() if value != card.get(name)}


class PayCardForm(BaseForm):
    """How much of what is owed is paid now, and from which account."""

    form_id = HiddenField()
    from_account = AccountField("From")
    amount = StringField("Amount", render_kw={**_AN_AMOUNT, "placeholder": "0.00"})

    def settle_amount(self, currency: str) -> bool:
        """Make the amount exact in this currency; what is wrong with it is put beside it."""
        if not (self.amount.data or "").strip():
            add_error(self.amount, "Say how much.")
            return False
        return _settled(self.amount, currency)

    def payload(self) -> dict[str, str]:
        """What the typed client is asked with."""
        return {"amount": self.amount.data or "", "from_account_id": self.from_account.data or ""}


def _settled(field: StringField, currency: str) -> bool:
    field.data = (field.data or "").strip()
    try:
        field.data = exact_amount(field.data, currency) if field.data else ""
    except ValueError as problem:
        add_error(field, str(problem))
        return False
    return True

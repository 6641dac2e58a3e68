"""The terms of a product as an administrator types them. What they may be, the account service says."""

from typing import Any

from wtforms import HiddenField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from gateway.web.base_form import BaseForm
from sandbank.types.products import Product
from shared.amounts.currencies import MINOR_UNIT_DIGITS

_AN_AMOUNT = {"inputmode": "decimal", "autocomplete": "off", "maxlength": "19"}
_A_RATE = {"inputmode": "decimal", "autocomplete": "off", "maxlength": "8"}
_MOST_TIERS = 10

DAY_COUNTS = [
    SelectChoice("act/365", "Actual days, a year of 365"),
    SelectChoice("act/360", "Actual days, a year of 360"),
    SelectChoice("30e/360", "Months of 30 days, a year of 360"),
]
PERIODS = [SelectChoice("monthly", "Monthly"), SelectChoice("quarterly", "Quarterly"), SelectChoice("yearly", "Yearly")]
TYPES = [
    SelectChoice("checking", "Checking"),
    SelectChoice("savings", "Savings"),
    SelectChoice("investment", "Investment"),
    SelectChoice("credit", "Credit card"),
]

FIELDS_OF_API = {
    "interest.credit_rate": "credit_rate",
    "interest.day_count": "day_count",
    "interest.paid": "paid",
    "overdraft.limit": "overdraft_limit",
    "overdraft.rate": "overdraft_rate",
    "fees.monthly": "monthly_fee",
    "fees.overdraft": "overdraft_fee",
    "fees.late_card_payment": "late_card_payment_fee",
    "fees.foreign_exchange": "exchange_fee",
    "interest.tiers": "tiers",
    **{f"interest.tiers.{number}.{part}": "tiers" for number in range(_MOST_TIERS) for part in ("above", "rate")},
}
"""Under which field of the form a problem of the API's belongs."""


class TermsForm(BaseForm):
    """All terms of a product."""

    name = StringField("Name", [InputRequired("Say what it is called."), Length(max=60)])
    credit_rate = StringField("Interest", default="0.00", render_kw=_A_RATE)
    tiers = TextAreaField(
        "Other rates above an amount (optional)",
        description="A line for each: the amount, then the rate, such as 10000 2.75.",
        render_kw={"rows": "2", "autocomplete": "off"},
    )
    minimum_balance = StringField("Minimum balance to earn interest", default="0", render_kw=_AN_AMOUNT)
    paid = SelectField("Posted", choices=PERIODS)
    day_count = SelectField("Days", choices=DAY_COUNTS)
    overdraft_limit = StringField("Overdraft limit", default="0", render_kw=_AN_AMOUNT)
    overdraft_rate = StringField("Overdraft interest", default="0.00", render_kw=_A_RATE)
    monthly_fee = StringField("Fee a month", default="0", render_kw=_AN_AMOUNT)
    overdraft_fee = StringField("Fee for a month with an overdraft", default="0", render_kw=_AN_AMOUNT)
    late_card_payment_fee = StringField("Fee for a credit card's bill paid late", default="0", render_kw=_AN_AMOUNT)
    exchange_fee = StringField("Fee for paying in another currency", default="0.00", render_kw=_A_RATE)
    notice_days = StringField(
        "Days of notice",
        default="0",
        description="How long beforehand what leaves a savings or an investment account is arranged.",
        render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": "3"},
    )

    def show(self, product: Product) -> None:
        """Begin with the terms that it has."""
        interest, overdraft, fees = product["interest"], product["overdraft"], product["fees"]
        self.name.data = product["name"]
        self.credit_rate.data, self.paid.data = interest["credit_rate"], interest["paid"]
        self.day_count.data = interest["day_count"]
        self.tiers.data = "\n".join(f"{tier['above']} {tier['rate']}" for tier in interest["tiers"])
        self.minimum_balance.data = product["minimum_balance"]
        self.overdraft_limit.data, self.overdraft_rate.data = overdraft["limit"], overdraft["rate"]
        self.monthly_fee.data, self.overdraft_fee.data = fees["monthly"], fees["overdraft"]
        self.late_card_payment_fee.data = fees["late_card_payment"]
        self.exchange_fee.data, self.notice_days.data = fees["foreign_exchange"], str(product["notice_days"])

    def terms(self) -> dict[str, Any] | None:
        """As the API takes them; None when a line of the tiers or the days are none, which the form then says."""
        tiers = [line.split() for line in (self.tiers.data or "").splitlines() if line.strip()]
        if len(tiers) > _MOST_TIERS or any(len(parts) != 2 for parts in tiers):
            self.tiers.errors = [f"Give an amount and a rate on each line, on {_MOST_TIERS} lines at most."]
            return None
        days = _typed(self.notice_days)
        if not (days.isascii() and days.isdigit()):
            self.notice_days.errors = ["Give a whole number of days."]
            return None
        return {
            "interest": {
                "credit_rate": _typed(self.credit_rate),
                "tiers": [{"above": above.replace(",", ""), "rate": rate.rstrip("%")} for above, rate in tiers],
                "day_count": self.day_count.data,
                "paid": self.paid.data,
            },
            "overdraft": {"limit": _typed(self.overdraft_limit), "rate": _typed(self.overdraft_rate)},
            "fees": {
                "monthly": _typed(self.monthly_fee),
                "overdraft": _typed(self.overdraft_fee),
                "late_card_payment": _typed(self.late_card_payment_fee),
                "foreign_exchange": _typed(self.exchange_fee),
            },
            "minimum_balance": _typed(self.minimum_balance),
            "notice_days": int(days),
        }


class ProductChangeForm(TermsForm):
    """Other terms from a day on. `version` is the newest one when the form was shown."""

    version = HiddenField()
    valid_from = StringField("From", description="A day of the bank; empty for today.", render_kw={"type": "date"})


class NewProductForm(TermsForm):
    """A new product."""

    code = StringField(
        "Code",
        [InputRequired("Choose a code.")],
        description="Small letters, digits and hyphens, such as savings-plus. It never changes.",
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "maxlength": "40"},
    )
    account_type = SelectField("Kind of account", choices=TYPES)
    currency = SelectField("Currency of its amounts", choices=[])

    def offer_currencies(self, bank_currency: str) -> None:
        """Every currency, the bank's own first."""
        others = [code for code in MINOR_UNIT_DIGITS if code != bank_currency]
        self.currency.choices = [SelectChoice(code) for code in (bank_currency, *others)]


def _typed(field: StringField) -> str:
    """What was typed, as the API reads amounts and rates; nothing is zero."""
    return (field.data or "").strip().replace(",", "").rstrip("% ") or "0"

"""Finding transactions, and taking one back."""

from collections.abc import Iterable

from wtforms import HiddenField, SearchField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length

from gateway.web.amount_input import exact_amount
from gateway.web.base_form import BaseForm
from gateway.web.date_range_form import DateRangeFilters
from gateway.web.formatting import words

TYPES = [
    SelectChoice(name, words(name))
    for name in (
        "deposit",
        "withdrawal",
        "transfer",
        "card_purchase",
        "card_payment",
        "card_refund",
        "chargeback",
        "cash_withdrawal",
        "interest",
        "interest_charge",
        "fee",
        "payroll",
        "bill_payment",
        "reversal",
    )
]
ANY_TYPE = SelectChoice("", "Any type")
_DIRECTIONS = [SelectChoice("", "In and out"), SelectChoice("in", "Money in"), SelectChoice("out", "Money out")]
_STATUSES = [
    SelectChoice("", "Any"),
    SelectChoice("completed", "Completed"),
    SelectChoice("pending", "Pending"),
    SelectChoice("refused", "Refused"),
]
_AN_AMOUNT = {"inputmode": "decimal", "autocomplete": "off", "placeholder": "0.00", "maxlength": "19"}


class TransactionFilters(DateRangeFilters):
    """What a list of transactions is narrowed to."""

    q = SearchField("Search", render_kw={"placeholder": "Name or reference", "maxlength": "100"})
    account_id = SelectField("Account")
    direction = SelectField("Direction", choices=_DIRECTIONS)
    type = SelectField("Type", choices=[ANY_TYPE, *TYPES])
    category = SelectField("Category")
    status = SelectField("Status", choices=_STATUSES)
    min_amount = StringField("At least", render_kw=_AN_AMOUNT)
    max_amount = StringField("At most", render_kw=_AN_AMOUNT)

    def offer(self, accounts: Iterable[SelectChoice], categories: Iterable[SelectChoice]) -> None:
        """Fill the two choices that depend on who asks."""
        self.account_id.choices = [SelectChoice("", "All accounts"), *accounts]
        self.category.choices = any_category(categories, self.category.data)


def any_category(known: Iterable[SelectChoice], asked: str | None) -> list[SelectChoice]:
    """The choices of a category: any, those known, and what was asked for though it is not among them."""
    choices = [SelectChoice("", "Any category"), *known]
    is_known = not asked or any(choice.value == asked for choice in choices)
    return choices if is_known else [*choices, SelectChoice(asked)]


class ReversalForm(BaseForm):
    """Taking a transaction back, whole or in part. `form_id` makes sure that it happens once."""

    form_id = HiddenField()
    amount = StringField(
        "Amount",
        description="Leave empty to reverse all that is left.",
        render_kw={"inputmode": "decimal", "autocomplete": "off", "maxlength": "40"},
    )
    reason = StringField(
        "Reason",
        [DataRequired("Give a reason; the customer will read it."), Length(max=140, message="At most 140 characters.")],
        description="The customer will read this.",
        render_kw={"autocomplete": "off", "maxlength": "140"},
    )

    def settle_amount(self, currency: str) -> bool:
        """Make the amount exact, if one was typed; what is wrong with it is put beside it."""
        if not (self.amount.data or "").strip():
            self.amount.data = ""
            return True
        try:
            self.amount.data = exact_amount(self.amount.data, currency)
        except ValueError as problem:
            self.amount.errors = [*self.amount.errors, str(problem)]
            return False
        return True

    def payload(self) -> dict[str, str]:
        """The request that the API takes."""
        amount = {"amount": self.amount.data} if self.amount.data else {}
        return {"reason": self.reason.data.strip(), **amount}

"""Moving money: to another account, in, and out. A form is filled in, reviewed, sent; it keeps its id all the way."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import HiddenField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import Length, Optional, Regexp

from gateway.web.account_field import Account, AccountField, payers
from gateway.web.amount_input import exact_amount
from gateway.web.base_form import BaseForm
from gateway.web.formatting import words
from sandbank.types.orders import SavedPayee
from shared.amounts.account_numbers import read_account_number
from shared.amounts.currencies import MINOR_UNIT_DIGITS, UNPUBLISHED
from shared.text import END_TO_END_FORM, END_TO_END_PATTERN

OWN, SOMEBODY = "own", "somebody"
RECIPIENTS = (SelectChoice(SOMEBODY, "Somebody else"), SelectChoice(OWN, "Own account"))
CATEGORIES = (
    SelectChoice("", "None"),
    *(
        SelectChoice(name, words(name))
        for name in (
            "housing",
            "utilities",
            "groceries",
            "transport",
            "health",
            "family",
            "leisure",
            "travel",
            "savings",
            "business",
        )
    ),
)
LONGEST_DESCRIPTION = 140
_UNREMEMBERED = {"autocomplete": "off"}


def end_to_end_field(description: str) -> StringField:
    """The field of what a payment is called from one end to the other, without the blanks that are pasted around it."""
    return StringField(
        "End-to-end reference (optional)",
        [Optional(), Regexp(END_TO_END_PATTERN, message=f"{END_TO_END_FORM.capitalize()}.")],
        filters=[lambda typed: typed and typed.strip()],
        description=description,
        render_kw={"maxlength": "35", **_UNREMEMBERED},
    )


class MovementForm(BaseForm):
    """A deposit or a withdrawal. `currency` is what the review showed, for the ledger to check."""

    form_id = HiddenField()
    currency = HiddenField()
    account_id = AccountField("Account")
    amount = StringField("Amount", render_kw={"inputmode": "decimal", "placeholder": "0.00", **_UNREMEMBERED})
    description = StringField(
        "Description (optional)",
        [Length(max=LONGEST_DESCRIPTION, message=f"At most {LONGEST_DESCRIPTION} characters.")],
        render_kw=_UNREMEMBERED,
    )
    category = SelectField("Category (optional)", choices=CATEGORIES, validate_choice=False)

    @property
    def own(self) -> AccountField:
        """The field of the account that is the customer's own: the one account, or the one that pays."""
        return self.account_id

    def offer(self, accounts: Sequence[Account]) -> None:
        """Put in the accounts to choose from."""
        self.own.offer(self.choosable(accounts))
        if len({account["currency"] for account in accounts}) > 1:
            self.amount.description = "In the currency of your account."

    def choosable(self, accounts: Sequence[Account]) -> Sequence[Account]:
        """Those of one's accounts that the movement can be of."""
        return accounts

    def prefill(self, given: Mapping[str, str]) -> None:
        """Take over what the address of the page says."""
        self.account_id.data = given.get("account", "")
        self.amount.data = given.get("amount", "")

    def settle_amount(self, currency: str) -> bool:
        """Make the amount exact in this currency; what is wrong with it is put beside it."""
        if not make_exact(self.amount, currency):
            return False
        self.currency.data = currency
        return True

    @property
    def is_ready(self) -> bool:
        """Whether this can be sent as it is, as what comes out of a review can."""
        currency = self.currency.data or ""
        return currency in MINOR_UNIT_DIGITS and self.validate() and self.settle_amount(currency)

    def payload(self) -> dict[str, str]:
        """The API's request body; what was left empty is left out."""
        said = {
            **self.parties(),
            "amount": self.amount.data,
            "currency": self.currency.data,
            "description": (self.description.data or "").strip(),
            "category": self.category.data,
        }
        return {name: value for name, value in said.items() if value}

    def parties(self) -> dict[str, str | None]:
        """The accounts, as the API names them."""
        return {"account_id": self.account_id.data}


class WithdrawalForm(MovementForm):
    """A withdrawal."""

    def choosable(self, accounts: Sequence[Account]) -> Sequence[Account]:
        """Those that money can be taken from."""
        return payers(accounts)


class TransferForm(WithdrawalForm):
    """A transfer to one of one's own accounts, or to anybody's by its number.

    `quote_id` is the quote that the review showed, where money is to be exchanged.
    """

    account_id = None  # type: ignore[assignment]  # how WTForms takes a field of the base away
    quote_id = HiddenField()
    from_account_id = AccountField("From")
    recipient = RadioField("To", choices=RECIPIENTS, default=SOMEBODY)
    to_account_id = AccountField("To my account")
    to_account_number = StringField(
        "Account number (IBAN)",
        render_kw={"autocapitalize": "characters", "spellcheck": "false", "list": "my-payees", **_UNREMEMBERED},
    )

    end_to_end_id = end_to_end_field("For the recipient's books and yours, such as an invoice number.")

    payees: Sequence[SavedPayee] = ()
    """Whom the person pays by name: their numbers are offered."""

    @property
    def payee(self) -> SavedPayee | None:
        """The payee whose number was chosen or typed."""
        return next((one for one in self.payees if one["account_number"] == self.number_or_typed), None)

    @property
    def own(self) -> AccountField:
        """The account that pays."""
        return self.from_account_id

    @property
    def target(self) -> Any:
        """The field that names who is paid."""
        return self.to_account_id if self.recipient.data == OWN else self.to_account_number

    def offer(self, accounts: Sequence[Account]) -> None:
        """Put in the accounts to choose from."""
        super().offer(accounts)
        self.to_account_id.offer(accounts, unchosen="Choose an account")
        alone = sorted({account["currency"] for account in accounts} & set(UNPUBLISHED))
        if alone and len({account["currency"] for account in accounts}) > 1:
            why = f"Nobody publishes an exchange rate of {' or '.join(alone)}"
            self.to_account_id.description = f"{why}: that goes to accounts in the same currency."

    def prefill(self, given: Mapping[str, str]) -> None:
        """Take over what the address of the page says."""
        self.from_account_id.data = given.get("from", "")
        self.to_account_id.data = given.get("to", "")
        self.to_account_number.data = given.get("number", "")
        self.recipient.data = OWN if self.to_account_id.data or given.get("recipient") == OWN else SOMEBODY
        self.amount.data = given.get("amount", "")

    @property
    def number_or_typed(self) -> str:
        """The account number as it is stored, or what was typed where that is none."""
        typed = self.to_account_number.data or ""
        try:
            return read_account_number(typed)
        except ValueError:
            return str(typed).strip()

    def parties(self) -> dict[str, str | None]:
        """Who pays, and who is paid; by which quote."""
        to_own = self.recipient.data == OWN
        return {
            "from_account_id": self.from_account_id.data,
            "to_account_id": self.to_account_id.data if to_own else None,
            "to_account_number": None if to_own else self.number_or_typed,
            "quote_id": self.quote_id.data,
            "end_to_end_id": self.end_to_end_id.data,
        }


def add_error(field: Any, problem: str) -> None:
    """Put what is wrong beside the field."""
    field.errors = [*field.errors, problem]


def make_exact(field: Any, currency: str, *, may_be_empty: bool = False) -> bool:
    """Whether an amount was typed, which is then exact in this currency; what is wrong with it is put beside it."""
    field.data = (field.data or "").strip()
    if not field.data and may_be_empty:
        return True
    try:
        field.data = exact_amount(field.data, currency)
    except ValueError as problem:
        add_error(field, str(problem))
        return False
    return True

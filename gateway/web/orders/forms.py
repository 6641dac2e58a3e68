"""Arranging a payment and keeping a payee. A form is filled in, reviewed, sent; it keeps its id all the way."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from wtforms import HiddenField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from gateway.web.account_field import Account, AccountField, payers
from gateway.web.base_form import BaseForm
from gateway.web.error_messages import PROBLEMS
from gateway.web.formatting import iban, words
from gateway.web.money.forms import LONGEST_DESCRIPTION, add_error, end_to_end_field, make_exact
from sandbank.types.orders import SavedPayee
from shared.amounts.account_numbers import read_account_number
from shared.amounts.currencies import MINOR_UNIT_DIGITS

FREQUENCIES = ("weekly", "two_weekly", "monthly", "two_monthly", "quarterly", "half_yearly", "yearly", "daily")
FREQUENCY_CHOICES = [SelectChoice(name, words(name)) for name in FREQUENCIES]
RULE_CHOICES = [SelectChoice("following", "Next business day"), SelectChoice("preceding", "Business day before")]
_OF_THE_ACCOUNT = SelectChoice("", "My account's")
UNREMEMBERED = {"autocomplete": "off"}
A_DAY = {"type": "date", **UNREMEMBERED}
ENDS = "Leave empty to continue until you end it."


def is_day(_form: BaseForm, field: StringField) -> None:
    """Raises ValidationError for what is no day: a browser without a calendar sends what was typed."""
    try:
        date.fromisoformat(field.data or "1970-01-01")
    except ValueError:
        raise ValidationError(PROBLEMS["not_a_date"]) from None


class PayeeForm(BaseForm):
    """Somebody to pay."""

    name = StringField(
        "Name",
        [InputRequired(), Length(max=200, message="At most 200 characters.")],
        description="As it stands on their account: we check it.",
        render_kw=UNREMEMBERED,
    )
    account_number = StringField(
        "Account number (IBAN)",
        [InputRequired()],
        render_kw={"autocapitalize": "characters", "spellcheck": "false", **UNREMEMBERED},
    )
    reference = StringField(
        "Reference (optional)",
        [Length(max=LONGEST_DESCRIPTION, message=f"At most {LONGEST_DESCRIPTION} characters.")],
        description="Used for standing orders to them.",
        render_kw=UNREMEMBERED,
    )


class OneTimeForm(BaseForm):
    """A payment on a day. The amount is in the currency of the account that pays, or of the one that is paid."""

    form_id = HiddenField()
    from_account_id = AccountField("From")
    payee_id = SelectField("To", validate_choice=False, choices=[])
    to_account_number = StringField(
        "Account number (IBAN)",
        description="If they are not one of your payees.",
        render_kw={"autocapitalize": "characters", "spellcheck": "false", **UNREMEMBERED},
    )
    amount = StringField("Amount", render_kw={"inputmode": "decimal", "placeholder": "0.00", **UNREMEMBERED})
    currency = SelectField("Currency", description="Your account's, or the recipient's.")
    description = StringField(
        "Description (optional)",
        [Length(max=LONGEST_DESCRIPTION, message=f"At most {LONGEST_DESCRIPTION} characters.")],
        render_kw=UNREMEMBERED,
    )
    first_on = StringField("On", [InputRequired(), is_day], render_kw=A_DAY)
    end_to_end_id = end_to_end_field("For the recipient's books and yours, such as a contract number.")

    def offer(self, accounts: Sequence[Account], payees: Sequence[SavedPayee]) -> None:
        """Put in what there is to choose from. Where all one's accounts are in one currency, that is chosen."""
        self.from_account_id.offer(payers(accounts))
        own = sorted({account["currency"] for account in accounts})
        unchosen = [] if len(own) == 1 else [_OF_THE_ACCOUNT]
        others = [SelectChoice(code, code) for code in MINOR_UNIT_DIGITS if code not in own]
        self.currency.choices = [*unchosen, *(SelectChoice(code, code) for code in own), *others]
        if self.currency.data is None and len(own) == 1:
            self.currency.data = own[0]
        self._payees = {payee["id"]: payee for payee in payees}
        self.payee_id.choices = [
            SelectChoice("", "An account number"),
            *(SelectChoice(one["id"], f"{one['name']} · {iban(one['account_number'])}") for one in payees),
        ]

    def prefill(self, given: Mapping[str, str]) -> None:
        """Take over what the address of the page says."""
        self.from_account_id.data = given.get("from", "")
        self.payee_id.data = given.get("payee", "")

    @property
    def payee(self) -> SavedPayee | None:
        """The payee that was chosen."""
        return self._payees.get(self.payee_id.data or "")

    @property
    def number(self) -> str:
        """Whose number is paid, as it is stored, or what was typed where that is none."""
        if self.payee is not None:
            return self.payee["account_number"]
        typed = self.to_account_number.data or ""
        try:
            return read_account_number(typed)
        except ValueError:
            return str(typed).strip()

    @property
    def is_of_what_arrives(self) -> bool:
        """Whether the amount is in another currency than the account's that pays: then in the payee's."""
        account = self.from_account_id.account
        return bool(account is not None and self.currency.data and self.currency.data != account["currency"])

    def settle(self, paid_in: str | None) -> bool:
        """Whether it can be sent: what is missing or wrong is put beside its field.

        `paid_in` is the payee's currency, where the amount is not in that of the account that pays.
        """
        is_valid = self.validate()
        account = self.from_account_id.account
        if account is None:
            add_error(self.from_account_id, "Choose one of your accounts.")
            return False
        if not self.number:
            add_error(self.to_account_number, "Choose a payee, or type the account number to pay to.")
            is_valid = False
        self.currency.data = self.currency.data or account["currency"]
        if self.is_of_what_arrives and paid_in not in (None, self.currency.data):
            either = " or ".join(dict.fromkeys((account["currency"], str(paid_in))))
            add_error(self.currency, f"Between these two accounts the amount is in {either}.")
            is_valid = False
        return make_exact(self.amount, self.currency.data) and bool(is_valid)

    def payload(self) -> dict[str, Any]:
        """The API's request body; what was left empty is left out."""
        to = {"payee_id": self.payee["id"]} if self.payee else {"to_account_number": self.number}
        said = {
            "from_account_id": self.from_account_id.data,
            **to,
            "amount": self.amount.data,
            "fixed": "target" if self.is_of_what_arrives else None,
            "description": (self.description.data or "").strip(),
            "end_to_end_id": self.end_to_end_id.data,
            **self.days(),
        }
        return {name: value for name, value in said.items() if value}

    def days(self) -> dict[str, Any]:
        """When it is paid, as the API names that."""
        return {"execute_on": self.first_on.data}


class StandingOrderForm(OneTimeForm):
    """A payment that is made again and again."""

    frequency = SelectField("How often", choices=FREQUENCY_CHOICES, default="monthly")
    first_on = StringField("First payment", [InputRequired(), is_day], render_kw=A_DAY)
    last_on = StringField("Last payment (optional)", [is_day], description=ENDS, render_kw=A_DAY)
    execution_rule = SelectField("Weekends and holidays", choices=RULE_CHOICES, default="following")

    def days(self) -> dict[str, Any]:
        """When it is paid, as the API names that."""
        return {
            "frequency": self.frequency.data,
            "first_on": self.first_on.data,
            "last_on": self.last_on.data,
            "execution_rule": self.execution_rule.data,
        }

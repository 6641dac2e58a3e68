"""Opening, naming and closing accounts, and narrowing down what one of them did."""

from collections.abc import Iterable

from wtforms import BooleanField, HiddenField, RadioField, SearchField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from gateway.web.activity.forms import ANY_TYPE, TYPES
from gateway.web.amount_input import exact_amount
from gateway.web.base_form import BaseForm
from gateway.web.date_range_form import DateRangeFilters
from gateway.web.money.forms import add_error
from sandbank.types.products import Product
from shared.amounts.currencies import MINOR_UNIT_DIGITS, UNPUBLISHED

DIRECTIONS = (SelectChoice("", "In and out"), SelectChoice("in", "Money in"), SelectChoice("out", "Money out"))
_LONGEST_NAME = 60
_TOO_LONG = Length(max=_LONGEST_NAME, message=f"At most {_LONGEST_NAME} characters.")


class OpenAccountForm(BaseForm):
    """A new account. Which products there are is the account service's to say: see `offer`."""

    form_id = HiddenField()
    product = RadioField("Product", [InputRequired("Choose what kind of account.")], validate_choice=False)
    currency = SelectField("Currency", choices=[], validate_choice=False)
    nickname = StringField(
        "Name (optional)",
        [_TOO_LONG],
        description="What you call it, such as Everyday or Holidays. You can change it later.",
        render_kw={"autocomplete": "off"},
    )
    initial_deposit = StringField(
        "First deposit (optional)",
        description="Paid in, in cash, as the account opens.",
        render_kw={"inputmode": "decimal", "autocomplete": "off", "placeholder": "0.00"},
    )

    def offer(self, products: Iterable[Product], bank_currency: str) -> None:
        """What can be opened, and in which currencies, the bank's own first."""
        self.product.choices = [SelectChoice(one["code"], one["name"]) for one in products]
        self._types = {one["code"]: one["account_type"] for one in products}
        others = [code for code in MINOR_UNIT_DIGITS if code != bank_currency]
        self.currency.choices = [SelectChoice(code) for code in (bank_currency, *others)]
        self.currency.description = (
            f"Of {', '.join(UNPUBLISHED)} nobody publishes a rate: they are exchanged into no other."
        )

    def settle_deposit(self) -> bool:
        """Make the first deposit exact in the chosen currency; what is wrong with it is put beside it."""
        if not (self.initial_deposit.data or "").strip():
            self.initial_deposit.data = ""
            return True
        try:
            self.initial_deposit.data = exact_amount(self.initial_deposit.data, self.currency.data)
        except KeyError:
            add_error(self.currency, "Choose one of these.")
            return False
        except ValueError as problem:
            add_error(self.initial_deposit, str(problem))
            return False
        return True

    def payload(self) -> dict[str, str]:
        """The API's request body; what was left empty is left out."""
        said = {name: (self[name].data or "").strip() for name in ("product", "currency", "nickname")}
        said["account_type"] = self._types.get(said["product"], "checking")  # one that is not offered, the bank refuses
        said["initial_deposit"] = self.initial_deposit.data or ""
        return {name: value for name, value in said.items() if value}


class NameAccountForm(BaseForm):
    """Another name for the account; an empty one takes it away."""

    nickname = StringField("Name", [_TOO_LONG], render_kw={"autocomplete": "off"})


class CloseAccountForm(BaseForm):
    """The yes to closing it."""

    confirm = BooleanField(
        "Yes, close this account permanently", [InputRequired("Tick the box if you want to close the account.")]
    )


class MovementFilters(DateRangeFilters):
    """What the movements of one account are narrowed to."""

    q = SearchField("Search", render_kw={"placeholder": "Name or reference", "maxlength": "100"})
    direction = SelectField("Direction", choices=DIRECTIONS)
    type = SelectField("Type", choices=[ANY_TYPE, *TYPES])

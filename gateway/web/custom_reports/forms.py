"""What a report is built of, as people choose it."""

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import BooleanField, RadioField, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length

from gateway.web.base_form import BaseForm
from gateway.web.custom_reports.words import DIMENSIONS, MEASURES
from gateway.web.form_errors import show_problem
from gateway.web.formatting import words
from shared.enums import TransactionType
from shared.refusals import Refused

_A_DAY = {"type": "date", "min": "1970-01-01", "max": "8999-12-31", "autocomplete": "off"}
_AN_AMOUNT = {"inputmode": "decimal", "autocomplete": "off", "placeholder": "0.00", "maxlength": "19"}
_LONGEST_NAME, _LONGEST_PART = 100, 100
_WAYS = [SelectChoice("", "Both ways"), SelectChoice("out", "Money out"), SelectChoice("in", "Money in")]
_OFTEN = [
    SelectChoice("", "Only when I ask"),
    SelectChoice("monthly", "By itself when a month has ended, of that month"),
    SelectChoice("weekly", "By itself when a week has ended, of that week"),
]
_WHOSE = [SelectChoice("own", "My own"), SelectChoice("bank", "Of all customers")]
_NOTHING = [SelectChoice("", "Nothing")]
_SHOWN = [SelectChoice(name, label) for name, label in MEASURES.items()]
_BY = [SelectChoice(name, label) for name, label in DIMENSIONS.items()]
_LISTS = ("account_ids", "categories", "types", "currencies")
_FIELDS = {"from": "from_", **{f"filters.{name}": name for name in _LISTS}}
_FIELDS |= {f"filters.{name}": name for name in ("direction", "counterparty", "min_amount", "max_amount")}
_GROUPS = ("first_by", "second_by", "third_by")

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "spending": {
        "title": "Spending by month", "hint": "What goes out, month by month", "icon": "calendar3",
        "measures": ["sum", "count"], "dimensions": ["month"], "direction": "out",
    },
    "categories": {
        "title": "What it goes on", "hint": "Categories, with the usual and the largest amount", "icon": "tags",
        "measures": ["sum", "median", "max"], "dimensions": ["category"], "direction": "out",
    },
    "names": {
        "title": "Who gets most", "hint": "Shops and people by what they were paid", "icon": "people",
        "measures": ["sum", "count"], "dimensions": ["counterparty"], "direction": "out",
    },
    "rhythm": {
        "title": "Days of the week", "hint": "When you pay, and how much", "icon": "clock-history",
        "measures": ["count", "sum"], "dimensions": ["weekday"], "direction": "out",
    },
    "both": {
        "title": "In and out", "hint": "Income beside spending, by month", "icon": "arrow-left-right",
        "measures": ["sum"], "dimensions": ["month", "direction"], "direction": "",
    },
    "income": {
        "title": "Where income comes from", "hint": "Who pays you, month by month", "icon": "piggy-bank",
        "measures": ["sum", "count"], "dimensions": ["month", "counterparty"], "direction": "in",
    },
}  # fmt: skip
"""What to begin with, by its name in the address."""


class CustomReportForm(BaseForm):
    """What is measured, by what it is grouped, of which transactions, and how often."""

    name = StringField(
        "Name",
        [InputRequired(), Length(max=_LONGEST_NAME)],
        render_kw={"autocomplete": "off", "placeholder": "Spending by month"},
    )
    measures = SelectMultipleField("Show", choices=_SHOWN, validate_choice=False)
    first_by = SelectField("Group by", choices=[*_NOTHING, *_BY])
    second_by = SelectField("Then by", choices=[*_NOTHING, *_BY])
    third_by = SelectField("Then by", choices=[*_NOTHING, *_BY])
    direction = RadioField("Which transactions", choices=_WAYS, default="", validate_choice=False)
    from_ = StringField("From", name="from", render_kw=_A_DAY)
    to = StringField("To", render_kw=_A_DAY)
    account_ids = SelectMultipleField("Accounts", validate_choice=False)
    categories = SelectMultipleField("Categories", validate_choice=False)
    types = SelectMultipleField(
        "Types", choices=[SelectChoice(str(one), words(one)) for one in TransactionType], validate_choice=False
    )
    currencies = SelectMultipleField("Currencies", validate_choice=False)
    counterparty = StringField(
        "Name contains",
        [Length(max=_LONGEST_PART)],
        description="A part of the name of the shop or person.",
        render_kw={"autocomplete": "off"},
    )
    min_amount = StringField("At least", render_kw=_AN_AMOUNT)
    max_amount = StringField("At most", render_kw=_AN_AMOUNT)
    between_own_accounts = BooleanField("Count transfers between my own accounts")
    opening_deposits = BooleanField("Count what accounts began with")
    schedule = SelectField("Run it", choices=_OFTEN)
    scope = SelectField("Whose transactions", choices=_WHOSE, default="own")

    def offer(
        self, accounts: Iterable[SelectChoice], categories: Iterable[SelectChoice], currencies: Iterable[str]
    ) -> None:
        """Fill what depends on who asks; what was chosen before stays to choose, and measures stay in their order."""
        chosen = self.measures.data or []
        places = {name: place for place, name in enumerate((*chosen, *(one for one in MEASURES if one not in chosen)))}
        self.measures.choices = sorted(_SHOWN, key=lambda choice: places[str(choice.value)])
        codes = [SelectChoice(code, code) for code in currencies]
        for field, known in ((self.account_ids, accounts), (self.categories, categories), (self.currencies, codes)):
            choices = list(known)
            named = {choice.value for choice in choices}
            field.choices = [*choices, *(SelectChoice(one, one) for one in field.data or () if one not in named)]

    def begin_with(self, preset: str) -> None:
        """Fill in one of PRESETS; any other name is none."""
        chosen = PRESETS.get(preset)
        if chosen is None:
            self.measures.data, self.first_by.data, self.direction.data = ["sum", "count"], "month", "out"
            return
        self.name.data, self.measures.data = chosen["title"], chosen["measures"]
        self._group_by(chosen["dimensions"])
        self.direction.data = chosen["direction"]

    def show(self, report: Mapping[str, Any]) -> None:
        """Fill in what a report is now."""
        filters = report["filters"]
        self.name.data, self.measures.data = report["name"], report["measures"]
        self._group_by(report["dimensions"])
        self.from_.data, self.to.data = report["from"], report["to"]
        self.schedule.data, self.scope.data = report["schedule"] or "", report["scope"]
        for name in ("direction", "counterparty", "min_amount", "max_amount"):
            self[name].data = filters[name] or ""
        for name in (*_LISTS, "between_own_accounts", "opening_deposits"):
            self[name].data = filters[name]

    def payload(self, *, may_ask_of_bank: bool) -> dict[str, Any]:
        """What the API is asked with. What it knows nothing of, it says."""
        by = [self[name].data for name in _GROUPS if self[name].data]
        filters = {
            "direction": self.direction.data or None,
            **{name: self[name].data or [] for name in _LISTS},
            "counterparty": (self.counterparty.data or "").strip() or None,
            "min_amount": (self.min_amount.data or "").strip() or None,
            "max_amount": (self.max_amount.data or "").strip() or None,
            "between_own_accounts": bool(self.between_own_accounts.data),
            "opening_deposits": bool(self.opening_deposits.data),
        }
        return {
            "name": (self.name.data or "").strip(),
            "measures": self.measures.data or [],
            "dimensions": list(dict.fromkeys(by)),
            "filters": filters,
            "from": self.from_.data or None,
            "to": self.to.data or None,
            "schedule": self.schedule.data or None,
            "scope": (self.scope.data or "own") if may_ask_of_bank else "own",
        }

    def show_refused(self, refused: Refused) -> None:
        """Put what the API refused beside its fields. Raises it again when nobody could mend it here."""
        named = refused.details.get("fields", {})
        show_problem(self, refused, **{name: self._field_of(name) for name in named})
        for field in (self.from_, self.to):
            if field.errors:
                field.render_kw = None  # as plain text: a browser's own field for days would not show what was typed

    @property
    def has_narrowed(self) -> bool:
        """Whether anything of the fold is chosen, which then stands open."""
        folded = (*_LISTS, "counterparty", "min_amount", "max_amount")
        ticked = (self.between_own_accounts, self.opening_deposits)
        return any(self[name].data or self[name].errors for name in folded) or any(field.data for field in ticked)

    def _group_by(self, dimensions: Iterable[str]) -> None:
        for name, dimension in zip(_GROUPS, dimensions, strict=False):
            self[name].data = dimension

    @staticmethod
    def _field_of(name: str) -> str:
        """The field of the form for one of the API's, of which a list has one for each place."""
        plain = name.rstrip("0123456789").rstrip(".")
        return "first_by" if plain == "dimensions" else _FIELDS.get(plain, plain)

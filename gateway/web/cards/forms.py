"""Ordering a card, setting what it may do, reporting it, and seeing what is printed on it."""

from collections.abc import Mapping
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length

from gateway.web.account_field import AccountField
from gateway.web.base_form import BaseForm, FilterForm, status_filter
from gateway.web.cards.merchant_kinds import CODES, KINDS
from gateway.web.money.forms import make_exact
from sandbank.types.cards import Card

LIMITS = ("per_payment", "daily", "monthly")
CONTROLS = ("online", "contactless", "abroad", "cash")
_LONGEST_NAME = 60
_TOO_LONG = Length(max=_LONGEST_NAME, message=f"At most {_LONGEST_NAME} characters.")
_AN_AMOUNT = {"inputmode": "decimal", "autocomplete": "off", "placeholder": "No limit", "maxlength": "40"}
_STATUSES = ("active", "frozen", "lost", "stolen", "blocked", "cancelled", "replaced", "expired")


class OrderCardForm(BaseForm):
    """A new card: from which account it pays."""

    form_id = HiddenField()
    account = AccountField("Pays from")
    nickname = StringField(
        "Name (optional)",
        [_TOO_LONG],
        description="What you call it, such as Groceries or Travel.",
        render_kw={"autocomplete": "off"},
    )

    def payload(self) -> dict[str, str]:
        """The API's request body; what was left empty is left out."""
        said = {"account_id": self.account.data or "", "nickname": (self.nickname.data or "").strip()}
        return {name: value for name, value in said.items() if value}


class CardSettingsForm(BaseForm):
    """What a card may do. An empty limit is none."""

    nickname = StringField("Name", [_TOO_LONG], render_kw={"autocomplete": "off"})
    per_payment = StringField("One payment", render_kw=_AN_AMOUNT)
    daily = StringField("A day", render_kw=_AN_AMOUNT)
    monthly = StringField("A month", render_kw=_AN_AMOUNT)
    online = BooleanField("Online payments")
    contactless = BooleanField("Contactless payments")
    abroad = BooleanField("Payments abroad")
    cash = BooleanField("Cash from machines")
    blocked = SelectMultipleField("Never pay at", choices=[SelectChoice(code, name) for code, name in KINDS])

    def show(self, card: Card) -> None:
        """Fill in what the card may do now."""
        limits: Mapping[str, Any] = card["limits"]
        controls: Mapping[str, Any] = card["controls"]
        self.nickname.data = card["nickname"] or ""
        for name in LIMITS:
            self[name].data = limits[name] or ""
        for name in CONTROLS:
            self[name].data = controls[name]
        self.blocked.data = card["blocked_categories"]

    def settle_limits(self, currency: str) -> bool:
        """Make the limits exact in this currency; what is wrong with one is put beside it."""
        exact = [make_exact(self[name], currency, may_be_empty=True) for name in LIMITS]
        return all(exact)

    def payload(self, card: Card) -> dict[str, Any]:
        """What the typed client is asked with; blocked merchants that the page does not offer stay blocked."""
        others = set(card["blocked_categories"]) - CODES
        return {
            "limits": {name: self[name].data or None for name in LIMITS},
            "controls": {name: bool(self[name].data) for name in CONTROLS},
            "blocked_categories": sorted({*(self.blocked.data or ()), *others}),
            "nickname": (self.nickname.data or "").strip(),
        }


class ReportForm(BaseForm):
    """What happened to the card."""

    reason = RadioField(
        "What happened?",
        [InputRequired("Choose what happened.")],
        choices=[
            SelectChoice("lost", "I lost it"),
            SelectChoice("stolen", "It was stolen"),
            SelectChoice("fraud", "Somebody else pays with it"),
        ],
    )


class ConfirmForm(BaseForm):
    """The yes to something that is done once, however often it is sent."""

    form_id = HiddenField()


class RevealForm(BaseForm):
    """The password proves that it is the card's owner who looks."""

    password = PasswordField(
        "Your password", [InputRequired("Type your password.")], render_kw={"autocomplete": "current-password"}
    )


class DisputeForm(BaseForm):
    """What is wrong with a card payment."""

    form_id = HiddenField()
    reason = StringField(
        "What is wrong with it?",
        [InputRequired("Say what is wrong."), Length(max=140, message="At most 140 characters.")],
        render_kw={"autocomplete": "off", "maxlength": "140"},
    )


class CardFilters(FilterForm):
    """What a list of the bank's cards is narrowed to; ids come from links."""

    last4 = StringField("Last four digits", render_kw={"inputmode": "numeric", "maxlength": "4", "autocomplete": "off"})
    status = status_filter(_STATUSES)
    user_id = HiddenField()
    account_id = HiddenField()

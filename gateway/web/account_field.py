"""A choice among somebody's own accounts."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from wtforms import SelectChoice, SelectField

from gateway.web.formatting import amount, words

Account = Mapping[str, Any]
"""An account as the API shows it."""


class AccountField(SelectField):
    """Accounts by id, each with what is available. What there is to choose is known only when the page is made."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, choices=[], validate_choice=False, **options)
        self._offered: dict[str, Account] = {}

    def offer(self, accounts: Iterable[Account], *, unchosen: str | None = None, present: str | None = None) -> None:
        """The accounts to choose from; `unchosen` are the words that stand there while none is chosen.

        One that is not open cannot be chosen, but may stay where it is the `present` one: of a choice that is disabled
        a browser sends nothing, as if the field were empty.
        """
        self._offered = {account["id"]: account for account in accounts}
        first = [] if unchosen is None else [SelectChoice("", unchosen)]
        self.choices = first + [
            SelectChoice(
                one["id"],
                spoken(one),
                render_kw=None if one["status"] == "open" or one["id"] == present else {"disabled": True},
            )
            for one in self._offered.values()
        ]

    @property
    def account(self) -> Account | None:
        """The account that was chosen; None when it is none of those offered."""
        return self._offered.get(self.data or "")

    def numbered(self, account_number: str) -> Account | None:
        """The one of the accounts offered that has this number."""
        return next((one for one in self._offered.values() if one["account_number"] == account_number), None)


def payers(accounts: Iterable[Account]) -> list[Account]:
    """Those that money can be taken from: what is lent by card pays by card alone."""
    return [one for one in accounts if one["account_type"] != "credit" or Decimal(one["balance"]) > 0]


def name_of(account: Account) -> str:
    """What its owner calls the account, with the end of its number: `Everyday ··3000`."""
    return f"{account['nickname'] or words(account['account_type'])} \u00b7\u00b7{account['account_number'][-4:]}"


def spoken(account: Account) -> str:
    """An account in a line: `Everyday ··3000 · 1,234.50 EUR`."""
    state = "" if account["status"] == "open" else f" \u00b7 {account['status']}"
    return f"{name_of(account)} \u00b7 {amount(account['available_balance'])} {account['currency']}{state}"

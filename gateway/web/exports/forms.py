"""Which movements are exported, and what they come as."""

from wtforms import SelectChoice, SelectField

from gateway.web.account_field import Account
from gateway.web.date_range_form import DateRangeFilters
from gateway.web.form_choices import account_choices

FORMATS = {
    "csv": "CSV, for spreadsheets",
    "xlsx": "Excel",
    "jsonl": "JSON lines",
    "parquet": "Parquet, for analysis",
    "ledger": "Journal for hledger and beancount",
}
"""The files that movements come as, by their names in the API."""
_ALL = SelectChoice("", "All my accounts")


class ExportForm(DateRangeFilters):
    """Of which account, between which days, and the format."""

    account_id = SelectField("Account", validate_choice=False)
    format = SelectField("Format", choices=[SelectChoice(name, label) for name, label in FORMATS.items()])

    def offer(self, accounts: list[Account]) -> None:
        """Fill the choice that depends on who asks."""
        self.account_id.choices = [_ALL, *account_choices(accounts)]

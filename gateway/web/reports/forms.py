"""What a report is made of."""

from collections.abc import Iterable

from wtforms import SelectChoice, SelectField

from gateway.web.activity.forms import ANY_TYPE, TYPES, any_category
from gateway.web.date_range_form import DateRangeFilters, DateRangeForm


class AccountReportForm(DateRangeForm):
    """Which account, and from which day to which. Making a report keeps it, so this form is posted."""

    account_id = SelectField("Account", validate_choice=False)


class TransactionReportFilters(DateRangeFilters):
    """Which transactions the figures are of."""

    type = SelectField("Type", choices=[ANY_TYPE, *TYPES])
    category = SelectField("Category")

    def offer(self, categories: Iterable[SelectChoice]) -> None:
        """Fill the choice that depends on who asks."""
        self.category.choices = any_category(categories, self.category.data)

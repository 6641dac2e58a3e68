"""Which rates are shown: of what, in what, over how long."""

from wtforms import SelectChoice, SelectField

from gateway.web.base_form import FilterForm
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.amounts.exchange_rates import BASE

SPANS = (("30", "A month"), ("90", "Three months"), ("365", "A year"), ("1826", "Five years"))
_CURRENCIES = [SelectChoice(name, name) for name in sorted(MINOR_UNIT_DIGITS)]


class RateFilters(FilterForm):
    """What one unit of a currency is worth, and in which one that is drawn."""

    base = SelectField("Base currency", choices=_CURRENCIES, default=BASE)
    currency = SelectField("Compare with", choices=_CURRENCIES, default="USD")
    days = SelectField("Period", choices=[SelectChoice(*span) for span in SPANS], default="365")

"""The words that a custom report is built of."""

from shared.enums import TextEnum


class Measure(TextEnum):
    """What is said of a group of movements; reporting_service/custom/measures.py computes each."""

    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    MEDIAN = "median"
    MIN = "min"
    MAX = "max"
    P90 = "p90"


class Dimension(TextEnum):
    """What movements are grouped by. Their currency always is one."""

    MONTH = "month"
    WEEK = "week"
    WEEKDAY = "weekday"
    HOUR = "hour"
    CATEGORY = "category"
    TYPE = "type"
    COUNTERPARTY = "counterparty"
    ACCOUNT = "account"
    DIRECTION = "direction"
    CURRENCY = "currency"


OF_TIME = frozenset({Dimension.MONTH, Dimension.WEEK, Dimension.WEEKDAY, Dimension.HOUR})
"""Those whose values have an order of their own."""


class Schedule(TextEnum):
    """How often a report is run by itself, each time of the month or week that has ended."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"


class ReportScope(TextEnum):
    """Whose movements: one's own, or those of all customers (administrators)."""

    OWN = "own"
    BANK = "bank"


class RunStatus(TextEnum):
    """What came of a run."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Amounts(TextEnum):
    """Whether what leaves an account counts as negative."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"

"""The words of the contract that a command understands, by the names that the contract has for them.

tests/contract/test_client_enums.py holds them to /openapi.json.
"""

from enum import StrEnum


class AccountType(StrEnum):
    """The kinds of account."""

    CHECKING = "checking"
    SAVINGS = "savings"
    INVESTMENT = "investment"
    CREDIT = "credit"


class CardChannel(StrEnum):
    """How a card is used."""

    CHIP = "chip"
    CONTACTLESS = "contactless"
    ONLINE = "online"
    CASH = "cash"
    RECURRING = "recurring"


class CardControl(StrEnum):
    """Where a card may be used."""

    ONLINE = "online"
    CONTACTLESS = "contactless"
    ABROAD = "abroad"
    CASH = "cash"


class DayCount(StrEnum):
    """How many days interest counts, and of how many in a year."""

    ACT_365 = "act/365"
    ACT_360 = "act/360"
    THIRTY_E_360 = "30e/360"


class Dimension(StrEnum):
    """What a custom report is grouped by."""

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


class Direction(StrEnum):
    """Which way money goes."""

    IN = "in"
    OUT = "out"


class DisputeStatus(StrEnum):
    """Whether a dispute is decided: for the card's holder, or for the merchant."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class ExecutionRule(StrEnum):
    """When to pay what falls on a day on which banks do not settle."""

    FOLLOWING = "following"
    PRECEDING = "preceding"


class ExportFormat(StrEnum):
    """What an export comes as."""

    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"
    PARQUET = "parquet"
    LEDGER = "ledger"


class FaultKind(StrEnum):
    """What goes wrong on purpose with a request."""

    LATENCY = "latency"
    ERROR = "error"
    RESET = "reset"
    REPLY_LOST = "reply_lost"
    STALE_READ = "stale_read"
    RATE_LIMITED = "rate_limited"


class FaultMethod(StrEnum):
    """The methods of requests that may go wrong on purpose."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


class Frequency(StrEnum):
    """How often a standing order pays."""

    DAILY = "daily"
    WEEKLY = "weekly"
    TWO_WEEKLY = "two_weekly"
    MONTHLY = "monthly"
    TWO_MONTHLY = "two_monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"


class HoldStatus(StrEnum):
    """Whether money is still held, else how that ended."""

    PENDING = "pending"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"


class InterestPeriod(StrEnum):
    """How often interest is posted."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class MandateKind(StrEnum):
    """Whether a mandate is for one collection or for any number of them."""

    ONCE = "once"
    RECURRING = "recurring"


class Measure(StrEnum):
    """What is computed of each group."""

    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    MEDIAN = "median"
    MIN = "min"
    MAX = "max"
    P90 = "p90"


class NewAccountType(StrEnum):
    """What can be opened by itself."""

    CHECKING = "checking"
    SAVINGS = "savings"
    INVESTMENT = "investment"


class ReportFormat(StrEnum):
    """What a report comes as."""

    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


class ReportReason(StrEnum):
    """Why a card is reported."""

    LOST = "lost"
    STOLEN = "stolen"
    FRAUD = "fraud"


class StatementFileFormat(StrEnum):
    """What a statement comes as."""

    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"
    OFX = "ofx"
    QFX = "qfx"
    CAMT053 = "camt053"
    MT940 = "mt940"


class ScenarioName(StrEnum):
    """The kinds of scenario."""

    FAN_IN = "fan_in"
    FAN_OUT = "fan_out"
    CYCLE = "cycle"
    RANDOM = "random"
    BIPARTITE = "bipartite"
    STACK = "stack"
    SCATTER_GATHER = "scatter_gather"
    GATHER_SCATTER = "gather_scatter"
    STRUCTURING = "structuring"
    MULES = "mules"
    ACCOUNT_TAKEOVER = "account_takeover"
    PUSH_PAYMENT_FRAUD = "push_payment_fraud"
    CARD_TESTING = "card_testing"
    MONEY_TROUBLE = "money_trouble"
    VIRAL_MERCHANT = "viral_merchant"
    PAYROLL_FAILURE = "payroll_failure"
    BANK_RUN = "bank_run"


class PersonaName(StrEnum):
    """Kinds of people of a world that can be asked for."""

    NEARLY_BROKE = "nearly-broke"
    OVERDRAWN = "overdrawn"
    REFUSED_OFTEN = "refused-often"
    IN_DEBT = "in-debt"
    STRAINED = "strained"
    CREDIT_CARD = "credit-card"
    SAVER = "saver"
    WELL_OFF = "well-off"
    FRUGAL = "frugal"
    AVERAGE = "average"
    SPENDER = "spender"


class WorldExportFormat(StrEnum):
    """What a world's data come as; `json` is one document to import."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"

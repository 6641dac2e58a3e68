"""Replies about the bank as a whole, for administrators; OpenAPI shows these models."""

from shared.payloads import ResponseModel


class UserFigures(ResponseModel):
    """How many users there are."""

    total: int
    synthetic: int
    by_role: dict[str, int]
    by_status: dict[str, int]


class AccountFigures(ResponseModel):
    """The accounts of one type and currency, by status, and what they hold."""

    account_type: str
    currency: str
    accounts: int
    open: int
    frozen: int
    closed: int
    balance: str


class CurrencyBalance(ResponseModel):
    """What customers hold and what the bank's own accounts do; together they are zero."""

    currency: str
    customers: str
    bank: dict[str, str]
    sum: str


class TypeVolume(ResponseModel):
    """Transactions of one type."""

    type: str
    currency: str
    count: int
    amount: str


class MonthVolume(ResponseModel):
    """Transactions of one month, in the bank's time."""

    month: str
    currency: str
    count: int
    amount: str


class Volumes(ResponseModel):
    """What was moved."""

    by_type: list[TypeVolume]
    by_month: list[MonthVolume]


class MonthGrowth(ResponseModel):
    """What a month added."""

    month: str
    new_users: int
    new_accounts: int
    transactions: int


class Liquidity(ResponseModel):
    """Cash against what customers could ask for; in- and outflow of the newest `flow_days` days."""

    currency: str
    cash: str
    customer_deposits: str
    on_demand: str
    coverage_percent: str | None
    flow_days: int
    inflow: str
    outflow: str


class SystemReport(ResponseModel):
    """The whole bank."""

    as_of_position: int
    users: UserFigures
    accounts: list[AccountFigures]
    balances: list[CurrencyBalance]
    volumes: Volumes
    growth: list[MonthGrowth]
    liquidity: list[Liquidity]


class CurrencyTotal(ResponseModel):
    """Every account's balance together, as the ledger keeps it, as the journal has it, and the bank's side of it."""

    currency: str
    accounts: int
    total: str
    journal_total: str
    bank_total: str
    difference: str
    matches: bool


class BalanceDifference(ResponseModel):
    """An account whose balance is not what the journal says."""

    account_id: str
    currency: str
    ledger: str
    journal: str


class BalanceTotal(ResponseModel):
    """The totals of all currencies; `differences` names the first hundred accounts."""

    as_of_position: int
    accounts: int
    batches: int
    totals: list[CurrencyTotal]
    matches: bool
    differences: list[BalanceDifference]

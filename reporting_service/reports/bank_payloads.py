"""Replies about the bank as a whole, for administrators; OpenAPI shows these models."""

from pydantic import Field

from reporting_service.reports.payloads import STALE
from shared.amounts.money import MoneyText
from shared.enums import AccountType, TransactionType
from shared.http.payloads import CurrencyCode, Id, MonthText, ResponseModel


class UserFigures(ResponseModel):
    """How many users there are."""

    total: int
    synthetic: int
    by_role: dict[str, int] = Field(examples=[{"customer": 20, "admin": 1}])
    by_status: dict[str, int] = Field(examples=[{"active": 21}])


class AccountFigures(ResponseModel):
    """The accounts of one type and currency, by status, and what they hold."""

    account_type: AccountType
    currency: CurrencyCode
    accounts: int
    open: int
    frozen: int
    closed: int
    balance: MoneyText


class CurrencyBalance(ResponseModel):
    """What customers hold and what the bank's own accounts do; together they are zero."""

    currency: CurrencyCode
    customers: MoneyText
    bank: dict[str, MoneyText] = Field(examples=[{"cash": "-1234.56"}])
    sum: MoneyText


class TypeVolume(ResponseModel):
    """Transactions of one type."""

    type: TransactionType
    currency: CurrencyCode
    count: int
    amount: MoneyText


class MonthVolume(ResponseModel):
    """Transactions of one month, in the bank's time."""

    month: MonthText
    currency: CurrencyCode
    count: int
    amount: MoneyText


class Volumes(ResponseModel):
    """What was moved."""

    by_type: list[TypeVolume]
    by_month: list[MonthVolume]


class MonthGrowth(ResponseModel):
    """What a month added."""

    month: MonthText
    new_users: int
    new_accounts: int
    transactions: int


class Liquidity(ResponseModel):
    """Cash against what customers could ask for; in- and outflow of the newest `flow_days` days."""

    currency: CurrencyCode
    cash: MoneyText
    customer_deposits: MoneyText
    on_demand: MoneyText
    coverage_percent: str | None = Field(examples=["103.4"])
    flow_days: int
    inflow: MoneyText
    outflow: MoneyText


class SystemReport(ResponseModel):
    """The whole bank."""

    as_of_position: int
    stale: bool = Field(description=STALE)
    users: UserFigures
    accounts: list[AccountFigures]
    balances: list[CurrencyBalance]
    volumes: Volumes
    growth: list[MonthGrowth]
    liquidity: list[Liquidity]


class CurrencyTotal(ResponseModel):
    """Every account's balance together, as the ledger keeps it, as the journal has it, and the bank's side of it."""

    currency: CurrencyCode
    accounts: int
    total: MoneyText
    journal_total: MoneyText
    bank_total: MoneyText
    difference: MoneyText
    matches: bool


class BalanceDifference(ResponseModel):
    """An account whose balance is not what the journal says."""

    account_id: Id
    currency: CurrencyCode
    ledger: MoneyText
    journal: MoneyText


class BalanceTotal(ResponseModel):
    """The totals of all currencies; `differences` names the first hundred accounts."""

    as_of_position: int
    stale: bool = Field(description=STALE)
    accounts: int
    batches: int
    totals: list[CurrencyTotal]
    matches: bool
    differences: list[BalanceDifference]

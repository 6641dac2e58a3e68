"""What the API says of products. Amounts are decimal strings, rates per cent a year."""

from typing import Literal, TypedDict

from sandbank.types import AccountType


class Tier(TypedDict):
    """What is above an amount earns another rate."""

    above: str
    rate: str


class Interest(TypedDict):
    """What a balance earns, in per cent a year; how its days are counted, and how often it is posted."""

    credit_rate: str
    tiers: list[Tier]
    day_count: Literal["act/365", "act/360", "30e/360"]
    paid: Literal["monthly", "quarterly", "yearly"]


class Overdraft(TypedDict):
    """How far below zero an account may go, and what that costs a year."""

    limit: str
    rate: str


class Fees(TypedDict):
    """What is taken on the first of each month: always, and where a day of the month ended below zero.

    `foreign_exchange` is in per cent of what is paid in another currency.
    """

    monthly: str
    overdraft: str
    late_card_payment: str
    foreign_exchange: str


class Product(TypedDict):
    """What the bank offers, in one of its versions; `valid_from` is null of a first one."""

    code: str
    version: int
    valid_from: str | None
    name: str
    account_type: AccountType
    currency: str
    interest: Interest
    overdraft: Overdraft
    fees: Fees
    minimum_balance: str
    notice_days: int

"""The shapes of what the bank says of itself each second."""

from typing import TypedDict


class LiveVolume(TypedDict):
    """What was moved in one currency, in all and on the bank's day that it is."""

    currency: str
    transactions: int
    amount: str
    transactions_today: int
    amount_today: str


class LiveTotals(TypedDict):
    """The whole bank this second; `bars` are transactions in each of the last stretches of `bar_seconds`."""

    at: str
    bank_time: str
    transactions: int
    bar_seconds: int
    bars: list[int]
    last_ten_seconds: int
    volume: list[LiveVolume]
    accounts: int
    users: int
    behind: int

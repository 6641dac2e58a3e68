"""`total`: all the money, of the whole bank or of my own accounts."""

from collections.abc import Iterable
from decimal import Decimal

import typer

from cli import output
from cli.context import AsJson, begin
from sandbank import Answer
from sandbank.types import Account, BalanceTotal, CurrencyTotal


def total(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show the total balance: of the whole bank for administrators, else of my accounts.

    The bank's total is held against its journal: exit code 1 when the two differ.
    """
    bank = begin(context, as_json=as_json)
    if bank.session().role == "admin":
        _total_of_bank(bank.reports.total(), as_json=as_json)
        return
    accounts = list(bank.accounts.iterate())
    debts = [one for one in accounts if one["account_type"] == "credit" and Decimal(one["balance"]) < 0]
    sums, owed = totals(one for one in accounts if one not in debts), totals(debts, sign=-1)
    if as_json:
        output.show_json({"success": True, "data": {"scope": "own", "totals": sums, "owed": owed}})
        return
    _show_totals("My accounts", sums)
    if owed:
        _show_totals("Owed on credit cards", owed)


def _total_of_bank(answer: Answer[BalanceTotal], *, as_json: bool) -> None:
    found = answer.data
    if as_json:
        output.show_json({**answer.body, "data": {"scope": "bank", **found}})
    else:
        _show_totals("All customers' accounts", found["totals"])
        if not found["matches"]:
            output.say("[red]The ledger and its journal differ[/red]; `sandbank proof` names each record.")
    if not found["matches"]:
        raise typer.Exit(1)


def _show_totals(title: str, sums: Iterable[CurrencyTotal]) -> None:
    rows = [(one["currency"], output.money(one["total"]), one["accounts"]) for one in sums]
    output.table(title, ("currency", "total", "accounts"), rows, right=("total", "accounts"))


def totals(accounts: Iterable[Account], *, sign: int = 1) -> list[CurrencyTotal]:
    """The exact sum of the balances per currency, as decimal text, and how many accounts it is of.

    With `sign` -1 it is the sum of debts: what is owed is above zero.
    """
    sums: dict[str, tuple[Decimal, int]] = {}
    for account in accounts:
        balance, count = sums.get(account["currency"], (Decimal(0), 0))
        sums[account["currency"]] = (balance + sign * Decimal(account["balance"]), count + 1)
    return [
        {"currency": currency, "total": f"{balance:f}", "accounts": count}
        for currency, (balance, count) in sorted(sums.items())
    ]

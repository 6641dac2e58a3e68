"""What a custom report has said, on paper, set from `custom.typ`."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from reporting_service.custom.files.labels import MEASURES, account_names, names_of
from reporting_service.typesetting import amount_on_paper, typeset
from shared.time import clock
from shared.time.business_days import business_day

_TEMPLATE = Path(__file__).with_name("custom.typ")
_ROWS = 400
"""On paper each currency lists so many groups; the other files have all of them."""

Report = dict[str, Any]


def render(report: Report, bank_name: str) -> bytes:
    """The file."""
    made_at = clock.from_datetime(datetime.fromisoformat(report["created_at"]))
    return typeset(_TEMPLATE, _content(report, bank_name, made_at), made_at=made_at)


def _content(report: Report, bank_name: str, made_at: int) -> dict[str, Any]:
    made, names = business_day(made_at), account_names(report)
    dimensions = [name for name in report["dimensions"] if name != "currency"]
    return {
        "bank_name": bank_name,
        "title": report["name"],
        "span": _span(report),
        "made_on": {"year": made.year, "month": made.month, "day": made.day},
        "reference": report["id"],
        "notes": _notes(report),
        "heads": [name.capitalize() for name in dimensions],
        "measures": [MEASURES[name] for name in report["measures"]],
        "currencies": [_in_currency(report, part, dimensions, names) for part in report["currencies"]],
    }


def _in_currency(report: Report, part: Report, dimensions: list[str], names: dict[str, str]) -> dict[str, Any]:
    shown = part["groups"][:_ROWS]
    left_out = len(part["groups"]) - len(shown)
    called = {one: names_of(one, (group["dimensions"][one] for group in shown), names) for one in dimensions}
    return {
        "currency": part["currency"],
        "rows": [
            {
                "key": [called[name][group["dimensions"][name]] for name in dimensions],
                "cells": _cells(report, group["measures"]),
            }
            for group in shown
        ],
        "totals": None if part["totals"] is None else _cells(report, part["totals"]),
        "left_out": f"and {left_out} more: the other files have all of them" if left_out else "",
    }


def _cells(report: Report, measures: Report) -> list[str]:
    return [amount_on_paper(str(measures[name])) for name in report["measures"]]


def _notes(report: Report) -> list[str]:
    said = (
        "Amounts are without a sign: in each group money goes one way."
        if report["amounts"] == "unsigned"
        else "What leaves an account counts as negative."
    )
    whose = ["Of all customers of the bank."] if report["scope"] == "bank" else []
    return [*whose, said]


def _span(report: Report) -> str:
    first, last = report["from"], report["to"]
    if first is None and last is None:
        return "Everything up to the day it was made"
    if first is None:
        return f"Until {_day(last)}"
    return f"From {_day(first)}" + ("" if last is None else f" until {_day(last)}")


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {day:%b %Y}"

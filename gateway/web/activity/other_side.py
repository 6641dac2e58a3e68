"""Whom a movement was with, in the reader's own words: an account of their own by what they call it."""

from collections.abc import Mapping
from typing import Any

from flask import g
from flask_login import current_user

from gateway.web.account_field import name_of
from gateway.web.form_choices import own_accounts


def other_side_name(it: Mapping[str, Any]) -> str | None:
    """The name on the other side of a transaction; None when only the bank is.

    Only where the reader's own name stands there are their accounts asked for, once a page.
    """
    party = it["counterparty"]
    if not party:
        return None
    name: str = party["name"]
    if current_user.is_authenticated and name == current_user.full_name:
        return _own_names().get(party["account_number"]) or name
    return name


def _own_names() -> dict[str, str]:
    """By account number, which is whole where it is the reader's own."""
    if "own_account_names" not in g:
        g.own_account_names = {account["account_number"]: name_of(account) for account in own_accounts()}
    names: dict[str, str] = g.own_account_names
    return names

"""Why a transaction is what it is: the rule that decided, the figures that it saw, and what was posted."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, select

from shared import refusals, service_refusals
from shared.amounts import money
from shared.enums import TransactionStatus
from shared.refusals import Refusal
from transaction_service import refusals as own_refusals
from transaction_service.cards.decisions import REASONS
from transaction_service.ledger.entry_rows import request_of
from transaction_service.ledger.movement_rules import RULES, Rule
from transaction_service.models import (
    accounts,
    authorizations,
    cards,
    entries,
    holds,
    initiators,
    postings,
    refused_attempts,
)

_REFUSALS: Mapping[str, Refusal] = MappingProxyType(
    {
        found.code: found
        for module in (refusals, service_refusals, own_refusals)
        for found in vars(module).values()
        if isinstance(found, Refusal)
    }
)
_PENDING_SENTENCE = "Its shop has yet to collect it. Until then it is held: no part of the balance, and not available."

_BELOW_SENTENCE = "It was due whatever was there, and left the account that paid below its floor."
_BELOW_REMEDY = "Pay money in. Until the account is back above its floor, nothing that its holder asks for leaves it."


def explain(connection: Connection, shown: dict[str, Any], viewer_id: str, *, sees_all: bool) -> dict[str, Any]:
    """The `Explanation` of a transaction that the viewer may see, which `shown` is.

    Owners read their own figures and postings; of the other side they read that it was posted to.
    """
    status = shown["status"]
    if status == TransactionStatus.REFUSED:
        told = _of_refused(connection, shown)
    elif status == TransactionStatus.PENDING:
        told = _of_pending(connection, shown)
    else:
        told = _of_entry(connection, shown, viewer_id, sees_all=sees_all)
    card = _card(connection, shown["card"]["id"], viewer_id, sees_all=sees_all) if shown["card"] else None
    return {"transaction": shown, "outcome": status, "card": card, **told}


def _of_refused(connection: Connection, shown: dict[str, Any]) -> dict[str, Any]:
    query = (
        select(refused_attempts.c.details, request_of(refused_attempts))
        .join(initiators, initiators.c.key == refused_attempts.c.initiator_key)
        .where(refused_attempts.c.id == shown["id"])
    )
    row = connection.execute(query).one()
    code = shown["error_code"]
    refusal = _REFUSALS.get(code)
    is_decline = shown["card"] is not None and code in REASONS
    return {
        "rule": {
            "code": code,
            "sentence": REASONS[code] if is_decline else refusal.when if refusal else code,
            "remedy": refusal.remedy if refusal and not is_decline else None,
        },
        "figures": _figures(json.loads(row.details) if row.details else {}),
        "postings": [],
        "holds": [],
        "request_id": row.request_id,
    }


def _of_pending(connection: Connection, shown: dict[str, Any]) -> dict[str, Any]:
    query = (
        select(holds.c.id, holds.c.currency, holds.c.remaining_minor, holds.c.status)
        .join(authorizations, authorizations.c.hold_key == holds.c.key)
        .where(authorizations.c.id == shown["id"])
    )
    row = connection.execute(query).one()
    held = {"id": row.id, "amount": money.to_text(row.remaining_minor, row.currency), "currency": row.currency}
    return {
        "rule": {"code": shown["type"], "sentence": _PENDING_SENTENCE, "remedy": None},
        "figures": [],
        "postings": [],
        "holds": [{**held, "status": row.status}],
        "request_id": None,
    }


def _of_entry(connection: Connection, shown: dict[str, Any], viewer_id: str, *, sees_all: bool) -> dict[str, Any]:
    query = (
        select(
            accounts.c.id,
            accounts.c.owner_id,
            accounts.c.holder_name,
            postings.c.currency,
            postings.c.amount_minor,
            postings.c.balance_after_minor,
            request_of(entries),
        )
        .select_from(
            postings.join(entries, entries.c.position == postings.c.position)
            .join(initiators, initiators.c.key == entries.c.initiator_key)
            .join(accounts, accounts.c.key == postings.c.account_key)
        )
        .where(entries.c.id == shown["id"])
        .order_by(postings.c.leg)
    )
    rows = connection.execute(query).all()
    sentence, below = sentence_of(RULES[shown["type"]]), shown["below_floor"]
    return {
        "rule": {
            "code": shown["type"],
            "sentence": sentence if below is None else f"{sentence} {_BELOW_SENTENCE}",
            "remedy": None if below is None else _BELOW_REMEDY,
        },
        "figures": [] if below is None else _figures({"below_floor": below}),
        "postings": [_posting(row, viewer_id, sees_all=sees_all) for row in rows],
        "holds": [],
        "request_id": rows[0].request_id,
    }


def sentence_of(rule: Rule) -> str:
    """What the table of movement rules says of a kind, in words."""
    said = [f"It moves money {rule.sides.value}."]
    said.append(
        "It is bound by the customer's limits, and uses up the day's."
        if rule.is_limited
        else "The customer's limits do not bind it, and it uses up none of the day's."
    )
    if rule.is_forced:
        said.append("It takes what is due, below the account's floor if need be.")
    if rule.may_borrow:
        said.append("It may spend what a credit card's account is lent.")
    if rule.needs_notice:
        said.append("From an account with notice it goes only where that was arranged beforehand.")
    return " ".join(said)


def _posting(row: Any, viewer_id: str, *, sees_all: bool) -> dict[str, Any]:
    """A leg of the entry. Of somebody else's account its owner's neighbours learn no id and no balance."""
    is_bank = row.owner_id is None
    may_see = sees_all or row.owner_id == viewer_id
    balance_minor = row.balance_after_minor if may_see else None
    return {
        "account_id": row.id if may_see and not is_bank else None,
        "side": row.id.split(":")[1] if is_bank else "own" if row.owner_id == viewer_id else "customer",
        "amount": money.to_text(row.amount_minor, row.currency),
        "currency": row.currency,
        "balance_after": None if balance_minor is None else money.to_text(balance_minor, row.currency),
    }


def _card(connection: Connection, card_id: str, viewer_id: str, *, sees_all: bool) -> dict[str, Any] | None:
    """What the card may do now; None for whoever is at the other side of its payment."""
    query = (
        select(*cards.c, accounts.c.owner_id, accounts.c.currency)
        .join(accounts, accounts.c.key == cards.c.account_key)
        .where(cards.c.id == card_id)
    )
    row = connection.execute(query).one()
    if not sees_all and row.owner_id != viewer_id:
        return None
    limits = {"per_payment": row.per_payment_minor, "daily": row.daily_minor, "monthly": row.monthly_minor}
    return {
        "id": row.id,
        "status": row.status,
        "currency": row.currency,
        **{name: None if minor is None else money.to_text(minor, row.currency) for name, minor in limits.items()},
        "online": bool(row.allows_online),
        "contactless": bool(row.allows_contactless),
        "abroad": bool(row.allows_abroad),
        "cash": bool(row.allows_cash),
        "blocked_categories": [code for code in row.blocked_categories.split(",") if code],
    }


def _figures(details: dict[str, Any]) -> list[dict[str, str]]:
    """The details of a refusal as names and texts, in the order in which they were given."""
    return [
        {"name": name, "value": str(value)} for name, value in details.items() if not isinstance(value, dict | list)
    ]

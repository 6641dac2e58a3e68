"""The ledger's tables, a module for each subject; every part of the service takes them from here."""

from transaction_service.models.audit import audit_log
from transaction_service.models.base import db, metadata
from transaction_service.models.card_bills import card_statements, credit_lines
from transaction_service.models.cards import authorization_events, authorizations, card_entries, cards, disputes
from transaction_service.models.exchanges import exchange_rates, exchanges, quotes
from transaction_service.models.interest import (
    account_plans,
    interest_entries,
    interest_periods,
    interest_runs,
    rate_plans,
)
from transaction_service.models.ledger import (
    accounts,
    daily_outgoings,
    due_work,
    entries,
    events,
    feed_heads,
    floor_passings,
    former_names,
    hold_captures,
    holds,
    idempotency_keys,
    initiators,
    ledger_state,
    postings,
    refused_attempts,
)
from transaction_service.models.orders import collections, mandates, order_executions, payees, payment_orders
from transaction_service.models.people import erased_people

APPEND_ONLY = (entries, postings, exchanges, authorization_events, floor_passings)
"""The database itself refuses to change these."""

__all__ = [
    "APPEND_ONLY",
    "account_plans",
    "accounts",
    "audit_log",
    "authorization_events",
    "authorizations",
    "card_entries",
    "card_statements",
    "cards",
    "collections",
    "credit_lines",
    "daily_outgoings",
    "db",
    "disputes",
    "due_work",
    "entries",
    "erased_people",
    "events",
    "exchange_rates",
    "exchanges",
    "feed_heads",
    "floor_passings",
    "former_names",
    "hold_captures",
    "holds",
    "idempotency_keys",
    "initiators",
    "interest_entries",
    "interest_periods",
    "interest_runs",
    "ledger_state",
    "mandates",
    "metadata",
    "order_executions",
    "payees",
    "payment_orders",
    "postings",
    "quotes",
    "rate_plans",
    "refused_attempts",
]

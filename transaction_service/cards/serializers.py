"""Authorizations, disputes and the card of a transaction as the API shows them."""

from collections.abc import Iterable
from typing import Any

from shared.amounts import money
from shared.amounts.exchange_rates import rate_text
from shared.time import clock
from transaction_service.cards.authorization import Authorization, AuthorizationStep, Progress
from transaction_service.cards.authorization_rows import CardLink, Dispute
from transaction_service.cards.card import Merchant
from transaction_service.cards.decisions import REASONS, response_code
from transaction_service.ledger.serializers import initiator_object


def card_object(link: CardLink, last4: str) -> dict[str, Any]:
    """The card of a transaction."""
    return {
        "id": link.card_id,
        "last4": last4,
        "merchant": link.merchant.name,
        "mcc": link.merchant.category,
        "country": link.merchant.country,
        "channel": link.channel,
        "authorization_id": link.authorization_id,
    }


def authorization_object(
    authorization: Authorization,
    happenings: Iterable[AuthorizationStep],
    *,
    decline_code: str | None = None,
) -> dict[str, Any]:
    """The `Authorization` object of the API.

    `decline_code`: why more was refused, where it stands as it was.
    """
    currency, original_currency = authorization.currency, authorization.original_currency
    story = list(happenings)
    progress = Progress().after(story)
    code = decline_code or authorization.decline_code
    is_whole = authorization.approved_minor >= authorization.amount_minor
    return {
        "id": authorization.id,
        "card_id": authorization.card_id,
        "account_id": authorization.account_id,
        "status": authorization.status.value,
        "amount": money.to_text(authorization.amount_minor, currency),
        "approved_amount": money.to_text(authorization.authorized_minor, currency),
        "captured_amount": money.to_text(authorization.captured_minor, currency),
        "currency": currency,
        "original_amount": money.to_text(authorization.original_minor, original_currency),
        "original_approved_amount": money.to_text(progress.approved_minor, original_currency),
        "original_captured_amount": money.to_text(progress.captured_minor, original_currency),
        "original_currency": original_currency,
        "exchange_rate": None if authorization.terms is None else rate_text(authorization.terms.rate),
        "merchant": merchant_object(authorization.merchant),
        "channel": authorization.channel,
        "decline_code": code,
        "decline_reason": None if code is None else REASONS[code],
        "response_code": response_code(code, is_whole=is_whole),
        "hold_id": authorization.hold_id,
        "events": [_event(each, currency, original_currency) for each in story],
        "created_at": clock.to_wire(authorization.created_at),
        "expires_at": clock.to_wire(authorization.expires_at),
    }


def merchant_object(merchant: Merchant) -> dict[str, Any]:
    """Who asked to be paid."""
    return {
        "name": merchant.name,
        "mcc": merchant.category,
        "country": merchant.country,
        "city": merchant.city,
        "account_id": merchant.account_id,
    }


def dispute_object(dispute: Dispute, *, for_staff: bool) -> dict[str, Any]:
    """The `Dispute` object of the API. Only staff read who opened and who decided it, and what the shop gave for it."""
    decider = dispute.decider_kind
    return {
        "id": dispute.id,
        "transaction_id": dispute.entry_id,
        "credit_transaction_id": dispute.credit_id,
        "account_id": dispute.account_id,
        "amount": money.to_text(dispute.amount_minor, dispute.currency),
        "currency": dispute.currency,
        "reason": dispute.reason,
        "status": dispute.status,
        "created_at": clock.to_wire(dispute.created_at),
        "opened_by": initiator_object(dispute.opener_kind, dispute.opener_name, for_staff=for_staff),
        "resolved_at": None if dispute.resolved_at is None else clock.to_wire(dispute.resolved_at),
        "decided_by": decider and initiator_object(decider, dispute.decider_name, for_staff=for_staff),
        "debit_transaction_id": dispute.debit_id if for_staff else None,
    }


def _event(happening: AuthorizationStep, currency: str, original_currency: str) -> dict[str, Any]:
    return {
        "type": happening.type.value,
        "amount": money.to_text(happening.amount_minor, currency),
        "original_amount": money.to_text(happening.original_minor, original_currency),
        "at": clock.to_wire(happening.at),
    }

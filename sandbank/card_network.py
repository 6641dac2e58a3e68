"""The card network: what shops and terminals ask of cards, and what customers dispute."""

from collections.abc import Mapping
from typing import Literal

from sandbank.answers import Answer, Page
from sandbank.resource import Resource, given, in_path
from sandbank.types import Transaction
from sandbank.types.cards import Authorization, Dispute

_PATH = "/api/card-network"
CardChannel = Literal["chip", "contactless", "online", "cash", "recurring"]


class CardNetwork(Resource):
    """`/api/card-network`. Asking and collecting is for who stands for shops, reading for a card's owner and staff.

    A merchant has `name`, `mcc` and `country`, and may have `city` and `account_id`.
    """

    def authorize(
        self,
        amount: str,
        currency: str,
        merchant: Mapping[str, str],
        *,
        card_id: str | None = None,
        card_number: str | None = None,
        expires: str | None = None,
        security_code: str | None = None,
        channel: CardChannel = "chip",
        partial_ok: bool | None = None,
        capture: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[Authorization]:
        """Authorize a payment with a card, by its id or number; a decline says why in `decline_code`."""
        order = given(
            card_id=card_id,
            card_number=card_number,
            expires=expires,
            security_code=security_code,
            amount=amount,
            currency=currency,
            merchant=merchant,
            channel=channel,
            partial_ok=partial_ok,
            capture=capture,
        )
        return self._client.move_money(f"{_PATH}/authorizations", order, idempotency_key=idempotency_key)

    def increment(
        self, authorization_id: str, amount: str, *, idempotency_key: str | None = None
    ) -> Answer[Authorization]:
        """Increment an authorization."""
        path = f"{_PATH}/authorizations/{in_path(authorization_id)}/increment"
        return self._client.move_money(path, {"amount": amount}, idempotency_key=idempotency_key)

    def capture(
        self,
        authorization_id: str,
        *,
        amount: str | None = None,
        final: bool | None = None,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[Transaction]:
        """Capture an authorization, or `amount` of it; what is left then is given back, unless it is not `final`."""
        order = given(amount=amount, final=final, description=description)
        path = f"{_PATH}/authorizations/{in_path(authorization_id)}/capture"
        return self._client.move_money(path, order, idempotency_key=idempotency_key)

    def reverse(
        self, authorization_id: str, *, amount: str | None = None, idempotency_key: str | None = None
    ) -> Answer[Authorization]:
        """Reverse an authorization, or `amount` of it."""
        path = f"{_PATH}/authorizations/{in_path(authorization_id)}/reverse"
        return self._client.move_money(path, given(amount=amount), idempotency_key=idempotency_key)

    def clear(
        self,
        card_id: str,
        amount: str,
        currency: str,
        merchant: Mapping[str, str],
        *,
        channel: CardChannel | None = None,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[Transaction]:
        """Clear a payment without an authorization: it is booked whatever the card may do."""
        order = given(
            card_id=card_id,
            amount=amount,
            currency=currency,
            merchant=merchant,
            channel=channel,
            description=description,
        )
        return self._client.move_money(f"{_PATH}/clearings", order, idempotency_key=idempotency_key)

    def refund(
        self,
        *,
        original_id: str | None = None,
        card_id: str | None = None,
        amount: str | None = None,
        merchant: Mapping[str, str] | None = None,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[Transaction]:
        """Refund a payment, or `amount` of it, by `original_id`; or any amount to a card, from a merchant."""
        order = given(
            original_id=original_id, card_id=card_id, amount=amount, merchant=merchant, description=description
        )
        return self._client.move_money(f"{_PATH}/refunds", order, idempotency_key=idempotency_key)

    def dispute(self, transaction_id: str, reason: str, *, idempotency_key: str | None = None) -> Answer[Dispute]:
        """Dispute one of my card payments: the money is credited until it is decided."""
        order = {"transaction_id": transaction_id, "reason": reason}
        return self._client.move_money(f"{_PATH}/disputes", order, idempotency_key=idempotency_key)

    def resolve(self, dispute_id: str, *, won: bool, idempotency_key: str | None = None) -> Answer[Dispute]:
        """Resolve a dispute (employees): `won` for the card's holder, else the money goes again."""
        path = f"{_PATH}/disputes/{in_path(dispute_id)}/resolve"
        return self._client.move_money(path, {"won": won}, idempotency_key=idempotency_key)

    def list_authorizations(
        self,
        *,
        card_id: str | None = None,
        account_id: str | None = None,
        user_id: str | None = None,
        status: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Authorization]:
        """A page of authorizations, newest first: on my cards, for employees on everybody's."""
        filters = {"card_id": card_id, "account_id": account_id, "user_id": user_id, "status": status}
        return self._client.page(f"{_PATH}/authorizations", **filters, limit=limit, cursor=cursor)

    def authorization(self, authorization_id: str) -> Answer[Authorization]:
        """One authorization with its events."""
        return self._client.get(f"{_PATH}/authorizations/{in_path(authorization_id)}")

    def list_disputes(
        self,
        *,
        account_id: str | None = None,
        user_id: str | None = None,
        transaction_id: str | None = None,
        status: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Dispute]:
        """A page of disputes, newest first: mine; for employees everybody's, or those of one person."""
        filters = {"account_id": account_id, "user_id": user_id, "transaction_id": transaction_id, "status": status}
        return self._client.page(f"{_PATH}/disputes", **filters, limit=limit, cursor=cursor)

"""Holds: money promised and not yet moved. It takes from what is available, not from the balance."""

from collections.abc import Iterator
from typing import Literal

from sandbank.answers import Answer, Page
from sandbank.resource import Resource, given, in_path
from sandbank.types import Hold, Transaction

HoldStatus = Literal["pending", "captured", "voided", "expired"]
_PATH = "/api/transactions/holds"


class Holds(Resource):
    """`/api/transactions/holds`. Reading is for an account's owner and for employees, the rest for employees."""

    def place(
        self,
        account_id: str,
        amount: str,
        *,
        currency: str | None = None,
        description: str | None = None,
        days: int | None = None,
        hours: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[Hold]:
        """Place a hold for so long by the bank's clock: an hour to 400 days, without either seven days."""
        span = given(days=days, hours=hours)
        order = given(
            account_id=account_id,
            amount=amount,
            currency=currency,
            description=description,
            expires_in=span or None,
        )
        return self._client.move_money(_PATH, order, idempotency_key=idempotency_key)

    def capture(
        self,
        hold_id: str,
        *,
        amount: str | None = None,
        final: bool | None = None,
        over_capture: bool | None = None,
        to_account_id: str | None = None,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[Transaction]:
        """Capture a hold, or `amount` of it; the rest is released, unless it is not `final`."""
        order = given(
            amount=amount,
            final=final,
            over_capture=over_capture,
            to_account_id=to_account_id,
            description=description,
        )
        path = f"{_PATH}/{in_path(hold_id)}/capture"
        return self._client.move_money(path, order, idempotency_key=idempotency_key)

    def void(self, hold_id: str, *, amount: str | None = None, idempotency_key: str | None = None) -> Answer[Hold]:
        """Void a hold, or release `amount` of it."""
        path = f"{_PATH}/{in_path(hold_id)}/void"
        return self._client.move_money(path, given(amount=amount), idempotency_key=idempotency_key)

    def list(
        self,
        *,
        account_id: str | None = None,
        user_id: str | None = None,
        status: HoldStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Hold]:
        """A page of holds, newest first: mine; for employees everybody's, or those of one person."""
        filters = {"account_id": account_id, "user_id": user_id, "status": status}
        return self._client.page(_PATH, **filters, limit=limit, cursor=cursor)

    def iterate(
        self, *, account_id: str | None = None, status: HoldStatus | None = None, limit: int | None = None
    ) -> Iterator[Hold]:
        """The same, as many as there are or `limit`."""
        return self._client.iterate(_PATH, limit=limit, account_id=account_id, status=status)

    def details(self, hold_id: str) -> Answer[Hold]:
        """One hold."""
        return self._client.get(f"{_PATH}/{in_path(hold_id)}")

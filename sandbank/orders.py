"""Standing orders and scheduled payments: arranged once, paid by the bank on their days."""

from typing import Generic, Literal, TypeVar

from sandbank.answers import Answer, Page
from sandbank.resource import Resource, given, in_path
from sandbank.types.orders import ExecutionRule, Frequency, OrderExecution, OrderStatus, ScheduledPayment, StandingOrder

Order = TypeVar("Order", StandingOrder, ScheduledPayment)


class _Orders(Resource, Generic[Order]):
    _path: str

    def list(
        self,
        *,
        account_id: str | None = None,
        user_id: str | None = None,
        status: OrderStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Order]:
        """A page of them, newest first: mine; for employees everybody's, or those of one person."""
        filters = {"account_id": account_id, "user_id": user_id, "status": status}
        return self._client.page(self._path, **filters, limit=limit, cursor=cursor)

    def details(self, order_id: str) -> Answer[Order]:
        """One of them."""
        return self._client.get(self._path_of(order_id))

    def cancel(self, order_id: str) -> Answer[Order]:
        """Cancel it."""
        return self._client.call("DELETE", self._path_of(order_id))

    def executions(self, order_id: str, *, limit: int | None = None, cursor: str | None = None) -> Page[OrderExecution]:
        """A page of its executions, newest first."""
        return self._client.page(f"{self._path_of(order_id)}/executions", limit=limit, cursor=cursor)

    def _path_of(self, order_id: str) -> str:
        return f"{self._path}/{in_path(order_id)}"


class StandingOrders(_Orders[StandingOrder]):
    """`/api/standing-orders`. Days are texts such as `2026-12-01`."""

    _path = "/api/standing-orders"

    def place(
        self,
        from_account_id: str,
        amount: str,
        *,
        frequency: Frequency,
        first_on: str,
        to_account_id: str | None = None,
        to_account_number: str | None = None,
        payee_id: str | None = None,
        description: str | None = None,
        last_on: str | None = None,
        execution_rule: ExecutionRule | None = None,
        end_to_end_id: str | None = None,
        fixed: Literal["source", "target"] | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[StandingOrder]:
        """Create a standing order to one recipient, named in one of three ways.

        With `fixed="target"` the amount is what arrives, in the recipient's currency.
        """
        order = given(
            from_account_id=from_account_id,
            to_account_id=to_account_id,
            to_account_number=to_account_number,
            payee_id=payee_id,
            amount=amount,
            description=description,
            frequency=frequency,
            first_on=first_on,
            last_on=last_on,
            execution_rule=execution_rule,
            end_to_end_id=end_to_end_id,
            fixed=fixed,
        )
        return self._client.move_money(self._path, order, idempotency_key=idempotency_key)

    def change(
        self,
        order_id: str,
        *,
        amount: str | None = None,
        description: str | None = None,
        frequency: Frequency | None = None,
        first_on: str | None = None,
        last_on: str | None = None,
        for_ever: bool = False,
        execution_rule: ExecutionRule | None = None,
    ) -> Answer[StandingOrder]:
        """Change what is given, from now on; `for_ever` takes its last day away."""
        facts = given(
            amount=amount,
            description=description,
            frequency=frequency,
            first_on=first_on,
            last_on=last_on,
            execution_rule=execution_rule,
        )
        payload = {**facts, "last_on": None} if for_ever else facts
        return self._client.call("PUT", self._path_of(order_id), payload)

    def pause(self, order_id: str) -> Answer[StandingOrder]:
        """Pause a standing order."""
        return self._client.call("POST", f"{self._path_of(order_id)}/pause", {}, is_repeatable=True)

    def resume(self, order_id: str) -> Answer[StandingOrder]:
        """Resume a standing order from its next day."""
        return self._client.call("POST", f"{self._path_of(order_id)}/resume", {}, is_repeatable=True)


class ScheduledPayments(_Orders[ScheduledPayment]):
    """`/api/scheduled-payments`."""

    _path = "/api/scheduled-payments"

    def schedule(
        self,
        from_account_id: str,
        amount: str,
        *,
        execute_on: str,
        to_account_id: str | None = None,
        to_account_number: str | None = None,
        payee_id: str | None = None,
        description: str | None = None,
        end_to_end_id: str | None = None,
        fixed: Literal["source", "target"] | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[ScheduledPayment]:
        """Schedule a payment for a day, or for the next on which banks settle. `fixed` as of standing orders."""
        order = given(
            from_account_id=from_account_id,
            to_account_id=to_account_id,
            to_account_number=to_account_number,
            payee_id=payee_id,
            amount=amount,
            description=description,
            execute_on=execute_on,
            end_to_end_id=end_to_end_id,
            fixed=fixed,
        )
        return self._client.move_money(self._path, order, idempotency_key=idempotency_key)

    def change(
        self, order_id: str, *, amount: str | None = None, description: str | None = None, execute_on: str | None = None
    ) -> Answer[ScheduledPayment]:
        """Change what is given, before it is paid."""
        facts = given(amount=amount, description=description, execute_on=execute_on)
        return self._client.call("PUT", self._path_of(order_id), facts)

"""Standing orders and scheduled payments: arranged once, paid by the bank on their days."""

from sandbank.answers import Answer, Page
from sandbank.order_types import ExecutionRule, Frequency, OrderExecution, OrderStatus, ScheduledPayment, StandingOrder
from sandbank.resource import Resource, given, in_path

_STANDING, _SCHEDULED = "/api/standing-orders", "/api/scheduled-payments"


class StandingOrders(Resource):
    """`/api/standing-orders`. Days are texts such as `2026-12-01`."""

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
        idempotency_key: str | None = None,
    ) -> Answer[StandingOrder]:
        """Pay the same amount again and again to one recipient, named in one of three ways."""
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
        )
        return self._client.move_money(_STANDING, order, idempotency_key=idempotency_key)

    def list(
        self,
        *,
        account_id: str | None = None,
        status: OrderStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[StandingOrder]:
        """A page of standing orders, newest first: mine, for employees everybody's."""
        return self._client.page(_STANDING, account_id=account_id, status=status, limit=limit, cursor=cursor)

    def details(self, order_id: str) -> Answer[StandingOrder]:
        """One standing order."""
        return self._client.get(f"{_STANDING}/{in_path(order_id)}")

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
        return self._client.call("PUT", f"{_STANDING}/{in_path(order_id)}", payload)

    def pause(self, order_id: str) -> Answer[StandingOrder]:
        """Pay nothing until it is resumed."""
        return self._client.call("POST", f"{_STANDING}/{in_path(order_id)}/pause", {}, is_repeatable=True)

    def resume(self, order_id: str) -> Answer[StandingOrder]:
        """Pay again from the next day on."""
        return self._client.call("POST", f"{_STANDING}/{in_path(order_id)}/resume", {}, is_repeatable=True)

    def cancel(self, order_id: str) -> Answer[StandingOrder]:
        """End it."""
        return self._client.call("DELETE", f"{_STANDING}/{in_path(order_id)}")

    def executions(self, order_id: str, *, limit: int | None = None, cursor: str | None = None) -> Page[OrderExecution]:
        """A page of what came of it, newest first."""
        return self._client.page(f"{_STANDING}/{in_path(order_id)}/executions", limit=limit, cursor=cursor)


class ScheduledPayments(Resource):
    """`/api/scheduled-payments`."""

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
        idempotency_key: str | None = None,
    ) -> Answer[ScheduledPayment]:
        """Pay once, on a day; where banks do not settle on that, on the next."""
        order = given(
            from_account_id=from_account_id,
            to_account_id=to_account_id,
            to_account_number=to_account_number,
            payee_id=payee_id,
            amount=amount,
            description=description,
            execute_on=execute_on,
        )
        return self._client.move_money(_SCHEDULED, order, idempotency_key=idempotency_key)

    def list(
        self,
        *,
        account_id: str | None = None,
        status: OrderStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[ScheduledPayment]:
        """A page of scheduled payments, newest first: mine, for employees everybody's."""
        return self._client.page(_SCHEDULED, account_id=account_id, status=status, limit=limit, cursor=cursor)

    def details(self, order_id: str) -> Answer[ScheduledPayment]:
        """One scheduled payment."""
        return self._client.get(f"{_SCHEDULED}/{in_path(order_id)}")

    def change(
        self, order_id: str, *, amount: str | None = None, description: str | None = None, execute_on: str | None = None
    ) -> Answer[ScheduledPayment]:
        """Change what is given, before it is paid."""
        facts = given(amount=amount, description=description, execute_on=execute_on)
        return self._client.call("PUT", f"{_SCHEDULED}/{in_path(order_id)}", facts)

    def cancel(self, order_id: str) -> Answer[ScheduledPayment]:
        """Do not pay it."""
        return self._client.call("DELETE", f"{_SCHEDULED}/{in_path(order_id)}")

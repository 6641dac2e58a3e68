"""Money: moved, listed, reversed; and the bank's clock. Whatever moves money has an idempotency key."""

import builtins
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from sandbank.answers import Answer, Page
from sandbank.resource import Resource, given, in_path
from sandbank.types import AccountLimits, BankClock, BatchResult, DueWork, Quote, Transaction
from sandbank.types.explanations import Explanation


class Transactions(Resource):
    """`/api/transactions`."""

    def deposit(
        self,
        account_id: str,
        amount: str,
        *,
        description: str | None = None,
        category: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[Transaction]:
        """Pay cash in."""
        order = given(account_id=account_id, amount=amount, description=description, category=category)
        return self._client.move_money("/api/transactions/deposit", order, idempotency_key=idempotency_key)

    def withdraw(
        self,
        account_id: str,
        amount: str,
        *,
        description: str | None = None,
        category: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[Transaction]:
        """Take cash out."""
        order = given(account_id=account_id, amount=amount, description=description, category=category)
        return self._client.move_money("/api/transactions/withdraw", order, idempotency_key=idempotency_key)

    def transfer(
        self,
        from_account_id: str,
        amount: str,
        *,
        to_account_id: str | None = None,
        to_account_number: str | None = None,
        description: str | None = None,
        category: str | None = None,
        quote_id: str | None = None,
        end_to_end_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[Transaction]:
        """Pay another account, named by its id or its number; in another currency by a quote, or at the rate of now."""
        order = given(
            from_account_id=from_account_id,
            to_account_id=to_account_id,
            to_account_number=to_account_number,
            amount=amount,
            description=description,
            category=category,
            quote_id=quote_id,
            end_to_end_id=end_to_end_id,
        )
        return self._client.move_money("/api/transactions/transfer", order, idempotency_key=idempotency_key)

    def quote(
        self,
        from_currency: str,
        to_currency: str,
        amount: str,
        *,
        fixed: Literal["source", "target"] | None = None,
        from_account_id: str | None = None,
    ) -> Answer[Quote]:
        """What the bank gives for this amount, or with `fixed="target"` takes for it; valid for a minute, and once.

        `from_account_id` is the account that will pay: what its product keeps of it is then in the rate.
        """
        wanted = given(from_currency=from_currency, to_currency=to_currency, amount=amount, fixed=fixed)
        wanted |= given(from_account_id=from_account_id)
        return self._client.call("POST", "/api/transactions/quotes", wanted, is_repeatable=True)

    def batch(
        self, items: Sequence[Mapping[str, object]], *, atomic: bool = False, timeout_seconds: float | None = None
    ) -> Answer[builtins.list[BatchResult]]:
        """Up to 5,000 movements in order, each with an idempotency key of its own."""
        payload = {"items": list(items), **({"atomic": True} if atomic else {})}
        return self._client.call(
            "POST", "/api/transactions/batch", payload, is_repeatable=True, timeout_seconds=timeout_seconds
        )

    def reverse(
        self, transaction_id: str, *, reason: str, amount: str | None = None, idempotency_key: str | None = None
    ) -> Answer[Transaction]:
        """Undo a movement, or a part of it (employees)."""
        path = f"/api/transactions/{in_path(transaction_id)}/reverse"
        return self._client.move_money(path, given(reason=reason, amount=amount), idempotency_key=idempotency_key)

    def list(self, *, limit: int | None = None, cursor: str | None = None, **filters: object) -> Page[Transaction]:
        """A page of my transactions, newest first. Filters are those of the API; `from_` is sent as `from`."""
        return self._client.page("/api/transactions/list", limit=limit, cursor=cursor, **filters)

    def iterate(self, *, limit: int | None = None, **filters: object) -> Iterator[Transaction]:
        """My transactions, as many as there are or `limit`."""
        return self._client.iterate("/api/transactions/list", limit=limit, **filters)

    def list_all(self, *, limit: int | None = None, cursor: str | None = None, **filters: object) -> Page[Transaction]:
        """A page of the whole bank's transactions (employees)."""
        return self._client.page("/api/transactions/all", limit=limit, cursor=cursor, **filters)

    def of_account(
        self, account_id: str, *, limit: int | None = None, cursor: str | None = None, **filters: object
    ) -> Page[Transaction]:
        """A page of one account's transactions."""
        path = f"/api/transactions/account/{in_path(account_id)}"
        return self._client.page(path, limit=limit, cursor=cursor, **filters)

    def recent(self, *, limit: int | None = None) -> Page[Transaction]:
        """My newest transactions."""
        return self._client.page("/api/transactions/recent", limit=limit)

    def explain(self, transaction_id: str) -> Answer[Explanation]:
        """Why a transaction is what it is: the rule that decided, its figures, what was posted."""
        return self._client.get(f"/api/transactions/{in_path(transaction_id)}/explain")

    def details(self, transaction_id: str) -> Answer[Transaction]:
        """One transaction."""
        return self._client.get(f"/api/transactions/details/{in_path(transaction_id)}")

    def limits(self, account_id: str) -> Answer[AccountLimits]:
        """What an account may still pay."""
        return self._client.get(f"/api/transactions/limits/{in_path(account_id)}")

    def confirm_clock(self, machine_time: str) -> Answer[BankClock]:
        """Say what the time is, so that the bank goes on with its machine's clock (administrators)."""
        payload = {"machine_time": machine_time}
        return self._client.call("POST", "/api/transactions/clock/confirm", payload, is_repeatable=True)

    def clock(self) -> Answer[BankClock]:
        """The bank's time, and where it goes to while it waits for what falls due."""
        return self._client.get("/api/transactions/clock")

    def advance_clock_to(self, moment: str, *, wait_seconds: int | None = None) -> Answer[BankClock]:
        """Move the bank's time forward (scope `bank:simulate`); asking twice moves it once.

        It gets there once all that falls due on the way is done. The answer comes then, or after `wait_seconds` (at
        most 30), with a `target_time`.
        """
        payload = given(advance_to=moment, wait_seconds=wait_seconds)
        return self._client.call("POST", "/api/transactions/clock", payload, is_repeatable=True)

    def begin_clock_at(self, moment: str) -> Answer[BankClock]:
        """Set the time at which a bank without accounts begins (scope `bank:simulate`)."""
        return self._client.call("POST", "/api/transactions/clock", {"begin_at": moment}, is_repeatable=True)

    def run_clock(self, *, running: bool) -> Answer[BankClock]:
        """Have the clock stand still where it is, or go on from there (administrators)."""
        return self._client.call("POST", "/api/transactions/clock", {"running": running}, is_repeatable=True)

    def advance_clock_by(
        self, *, days: int | None = None, hours: int | None = None, wait_seconds: int | None = None
    ) -> Answer[BankClock]:
        """The same by a span, counted from where the clock goes to already: asking twice moves it twice."""
        span = given(days=days, hours=hours)
        return self._client.post("/api/transactions/clock", given(advance_by=span, wait_seconds=wait_seconds))

    def due_work(
        self, *, stopped: bool | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[DueWork]:
        """A page of what falls due, earliest first (employees); `stopped`: only what was set aside, or none of it."""
        return self._client.page("/api/transactions/clock/due", stopped=stopped, limit=limit, cursor=cursor)

    def upcoming(
        self,
        *,
        account_id: str | None = None,
        user_id: str | None = None,
        until: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[DueWork]:
        """A page of what will fall due on my accounts, earliest first; `until`: a day, to its end, or an instant.

        Employees may ask for what will fall due on somebody's: `user_id`.
        """
        filters = {"account_id": account_id, "user_id": user_id, "until": until}
        return self._client.page("/api/transactions/upcoming", **filters, limit=limit, cursor=cursor)

    def retry_due_work(self) -> Answer[BankClock]:
        """Have everything that was set aside tried again (administrators)."""
        return self._client.call("POST", "/api/transactions/clock/due/retry", {}, is_repeatable=True)

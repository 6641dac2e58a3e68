"""Accounts: open, look at, rename, freeze and close them, and find out who would be paid."""

from collections.abc import Iterator, Sequence
from typing import cast

from sandbank.answers import Answer, Page
from sandbank.resource import Resource, given, in_path
from sandbank.types import Account, AccountBatchResult, OpenedAccountType, Recipient


class Accounts(Resource):
    """`/api/accounts`."""

    def create(
        self,
        account_type: OpenedAccountType,
        *,
        currency: str | None = None,
        nickname: str | None = None,
        initial_deposit: str | None = None,
        product: str | None = None,
        user_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[Account]:
        """Open an account; employees for somebody else, by `user_id`. A first deposit is paid in as cash.

        Without a `product` (by its code) it is the account type's own.
        """
        wanted = given(
            account_type=account_type,
            currency=currency,
            nickname=nickname,
            initial_deposit=initial_deposit,
            product=product,
            user_id=user_id,
        )
        return self._client.move_money("/api/accounts/create", wanted, idempotency_key=idempotency_key)

    def create_batch(self, accounts: Sequence[dict[str, str]]) -> Answer[list[AccountBatchResult]]:
        """Open up to 500 accounts of synthetic customers, each with an idempotency key of its own."""
        payload = {"accounts": list(accounts)}
        return self._client.call("POST", "/api/accounts/batch", payload, is_repeatable=True)

    def list(
        self, *, limit: int | None = None, cursor: str | None = None, timeout_seconds: float | None = None
    ) -> Page[Account]:
        """A page of my accounts with their balances."""
        answer = self._client.get("/api/accounts/list", limit=limit, cursor=cursor, timeout_seconds=timeout_seconds)
        return cast("Page[Account]", answer)

    def iterate(self) -> Iterator[Account]:
        """All my accounts, whatever their number."""
        return self._client.iterate("/api/accounts/list")

    def list_all(
        self,
        *,
        q: str | None = None,
        type: str | None = None,  # noqa: A002 (the API's name)
        status: str | None = None,
        user_id: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Account]:
        """A page of the whole bank's accounts (employees)."""
        path = "/api/accounts/all"
        return self._client.page(path, q=q, type=type, status=status, user_id=user_id, limit=limit, cursor=cursor)

    def details(self, account_id: str) -> Answer[Account]:
        """One account."""
        return self._client.get(f"/api/accounts/details/{in_path(account_id)}")

    def rename(self, account_id: str, nickname: str | None) -> Answer[Account]:
        """Rename an account."""
        return self._client.put(f"/api/accounts/update/{in_path(account_id)}", {"nickname": nickname})

    def close(self, account_id: str) -> Answer[Account]:
        """Close an empty account, for good."""
        return self._client.delete(f"/api/accounts/close/{in_path(account_id)}")

    def freeze(self, account_id: str, reason: str) -> Answer[Account]:
        """Freeze an account (employees)."""
        return self._client.post(f"/api/accounts/{in_path(account_id)}/freeze", {"reason": reason})

    def unfreeze(self, account_id: str, reason: str) -> Answer[Account]:
        """Unfreeze an account (employees)."""
        return self._client.post(f"/api/accounts/{in_path(account_id)}/unfreeze", {"reason": reason})

    def lookup(self, account_number: str) -> Answer[Recipient]:
        """Look up the holder of an account number."""
        return self._client.get("/api/accounts/lookup", account_number=account_number)

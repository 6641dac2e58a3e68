"""Products: what the bank offers, in versions that apply from a day."""

from typing import Any, cast

from sandbank.answers import Answer, Page
from sandbank.resource import Resource, given, in_path
from sandbank.types import AccountType
from sandbank.types.products import Fees, Interest, Overdraft, Product

_PATH = "/api/products"


class Products(Resource):
    """`/api/products`. Everybody reads them, administrators make and change them."""

    def list(self) -> Page[Product]:
        """The products offered today."""
        return cast("Page[Product]", self._client.call("GET", _PATH, is_anonymous=True))

    def details(self, code: str) -> Answer[Product]:
        """One product as it is today."""
        return self._client.call("GET", f"{_PATH}/{in_path(code)}", is_anonymous=True)

    def versions(self, code: str) -> Page[Product]:
        """A product's versions, newest first."""
        path = f"{_PATH}/{in_path(code)}/versions"
        return cast("Page[Product]", self._client.call("GET", path, is_anonymous=True))

    def create(
        self,
        code: str,
        account_type: AccountType,
        name: str,
        *,
        currency: str | None = None,
        interest: Interest | dict[str, Any] | None = None,
        overdraft: Overdraft | None = None,
        fees: Fees | None = None,
        minimum_balance: str | None = None,
        notice_days: int | None = None,
    ) -> Answer[Product]:
        """Create a product (administrators)."""
        more = given(minimum_balance=minimum_balance, notice_days=notice_days)
        terms = {**given(name=name, interest=interest, overdraft=overdraft, fees=fees), **more}
        wanted = {"code": code, "account_type": account_type, **given(currency=currency), **terms}
        return self._client.call("POST", _PATH, wanted)

    def change(
        self,
        code: str,
        version: int,
        name: str,
        *,
        valid_from: str | None = None,
        interest: Interest | dict[str, Any] | None = None,
        overdraft: Overdraft | None = None,
        fees: Fees | None = None,
        minimum_balance: str | None = None,
        notice_days: int | None = None,
    ) -> Answer[Product]:
        """Give a product these terms, all of them, from a day on, else from today (administrators).

        `version` is the newest one you know; the bank refuses when there is a newer one.
        """
        more = given(minimum_balance=minimum_balance, notice_days=notice_days)
        terms = {**given(name=name, interest=interest, overdraft=overdraft, fees=fees), **more}
        wanted = {"version": version, **given(valid_from=valid_from), **terms}
        return self._client.call("PUT", f"{_PATH}/{in_path(code)}", wanted)

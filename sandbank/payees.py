"""Payees: whom a person pays, and whether an account is really theirs."""

from sandbank.answers import Answer, Page
from sandbank.resource import Resource, given, in_path
from sandbank.types.orders import PayeeNameCheck, SavedPayee

_PATH = "/api/payees"


class Payees(Resource):
    """`/api/payees`: one's own."""

    def create(self, name: str, account_number: str, *, reference: str | None = None) -> Answer[SavedPayee]:
        """Create a payee; `reference` is what standing orders to them say where nothing else is said."""
        return self._client.call("POST", _PATH, given(name=name, account_number=account_number, reference=reference))

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> Page[SavedPayee]:
        """A page of payees, newest first."""
        return self._client.page(_PATH, limit=limit, cursor=cursor)

    def details(self, payee_id: str) -> Answer[SavedPayee]:
        """One payee."""
        return self._client.get(f"{_PATH}/{in_path(payee_id)}")

    def change(
        self,
        payee_id: str,
        *,
        name: str | None = None,
        account_number: str | None = None,
        reference: str | None = None,
    ) -> Answer[SavedPayee]:
        """Change what is given; standing orders to them stay as they are."""
        facts = given(name=name, account_number=account_number, reference=reference)
        return self._client.call("PUT", f"{_PATH}/{in_path(payee_id)}", facts)

    def delete(self, payee_id: str) -> Answer[SavedPayee]:
        """Delete a payee; orders to them go on."""
        return self._client.call("DELETE", f"{_PATH}/{in_path(payee_id)}")

    def check(self, name: str, account_number: str) -> Answer[PayeeNameCheck]:
        """Check a name against the holder of an account. Wrong guesses are counted."""
        return self._client.call("POST", f"{_PATH}/check", {"name": name, "account_number": account_number})

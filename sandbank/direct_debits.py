"""Direct debits: mandates that a debtor confirms, and what a creditor collects by them."""

from sandbank.answers import Answer, Page
from sandbank.resource import Resource, given, in_path
from sandbank.types.orders import Collection, CollectionStatus, Mandate, MandateKind, MandateStatus, Side

_MANDATES, _COLLECTIONS = "/api/direct-debits/mandates", "/api/direct-debits/collections"


class DirectDebits(Resource):
    """`/api/direct-debits`. Both sides see what concerns them."""

    def request_mandate(
        self,
        creditor_account_id: str,
        debtor_account_number: str,
        reference: str,
        *,
        kind: MandateKind | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[Mandate]:
        """Request a mandate from the holder of an account."""
        asked = given(
            creditor_account_id=creditor_account_id,
            debtor_account_number=debtor_account_number,
            reference=reference,
            kind=kind,
        )
        return self._client.move_money(_MANDATES, asked, idempotency_key=idempotency_key)

    def mandates(
        self,
        *,
        account_id: str | None = None,
        user_id: str | None = None,
        side: Side | None = None,
        status: MandateStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Mandate]:
        """A page of mandates, newest first: mine; for employees everybody's, or those of one person."""
        filters = {"account_id": account_id, "user_id": user_id, "side": side, "status": status}
        return self._client.page(_MANDATES, **filters, limit=limit, cursor=cursor)

    def mandate(self, mandate_id: str) -> Answer[Mandate]:
        """One mandate."""
        return self._client.get(f"{_MANDATES}/{in_path(mandate_id)}")

    def confirm(self, mandate_id: str) -> Answer[Mandate]:
        """Confirm a mandate, as the debtor."""
        return self._client.call("POST", f"{_MANDATES}/{in_path(mandate_id)}/confirm", {}, is_repeatable=True)

    def cancel_mandate(self, mandate_id: str) -> Answer[Mandate]:
        """Refuse a mandate as the debtor, or cancel it as either side."""
        return self._client.call("POST", f"{_MANDATES}/{in_path(mandate_id)}/cancel", {}, is_repeatable=True)

    def collect(
        self,
        mandate_id: str,
        amount: str,
        *,
        due_on: str,
        description: str | None = None,
        end_to_end_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[Collection]:
        """Create a collection for a day, as the creditor."""
        said = given(description=description, end_to_end_id=end_to_end_id)
        asked = given(mandate_id=mandate_id, amount=amount, due_on=due_on, **said)
        return self._client.move_money(_COLLECTIONS, asked, idempotency_key=idempotency_key)

    def collections(
        self,
        *,
        account_id: str | None = None,
        user_id: str | None = None,
        side: Side | None = None,
        mandate_id: str | None = None,
        status: CollectionStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Collection]:
        """A page of collections, newest first: mine; for employees everybody's, or those of one person."""
        filters = {"account_id": account_id, "user_id": user_id, "side": side}
        narrowed = {**filters, "mandate_id": mandate_id, "status": status}
        return self._client.page(_COLLECTIONS, **narrowed, limit=limit, cursor=cursor)

    def collection(self, collection_id: str) -> Answer[Collection]:
        """One collection."""
        return self._client.get(f"{_COLLECTIONS}/{in_path(collection_id)}")

    def cancel_collection(self, collection_id: str) -> Answer[Collection]:
        """Cancel a collection as the creditor, or refuse it as the debtor, before its day."""
        return self._client.call("POST", f"{_COLLECTIONS}/{in_path(collection_id)}/cancel", {})

    def refund(
        self, collection_id: str, *, to_account_id: str | None = None, idempotency_key: str | None = None
    ) -> Answer[Collection]:
        """Refund a collection, as the debtor, within 56 days; once the account that paid is closed, on another one."""
        path = f"{_COLLECTIONS}/{in_path(collection_id)}/refund"
        order = {} if to_account_id is None else {"to_account_id": to_account_id}
        return self._client.move_money(path, order, idempotency_key=idempotency_key)

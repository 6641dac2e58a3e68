"""Payment cards: issue, look at, control, freeze, report, replace and cancel them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from sandbank.answers import Answer, Page
from sandbank.card_types import Card, CardStatus, PrintedCard
from sandbank.resource import Resource, given, in_path

_PATH = "/api/cards"
ReportReason = Literal["lost", "stolen", "fraud"]


class Cards(Resource):
    """`/api/cards`."""

    def create(
        self, account_id: str, *, nickname: str | None = None, idempotency_key: str | None = None
    ) -> Answer[Card]:
        """Issue a debit card for an account of mine; employees for anybody's."""
        order = given(account_id=account_id, kind="debit", nickname=nickname)
        return self._client.move_money(f"{_PATH}/create", order, idempotency_key=idempotency_key)

    def list(
        self,
        *,
        account_id: str | None = None,
        status: CardStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Card]:
        """A page of my cards, newest first."""
        return self._client.page(f"{_PATH}/list", account_id=account_id, status=status, limit=limit, cursor=cursor)

    def iterate(self, *, account_id: str | None = None, status: CardStatus | None = None) -> Iterator[Card]:
        """All my cards, whatever their number."""
        return self._client.iterate(f"{_PATH}/list", account_id=account_id, status=status)

    def list_all(
        self,
        *,
        account_id: str | None = None,
        user_id: str | None = None,
        status: CardStatus | None = None,
        last4: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Page[Card]:
        """A page of the whole bank's cards (employees)."""
        filters = {"account_id": account_id, "user_id": user_id, "status": status, "last4": last4}
        return self._client.page(f"{_PATH}/all", **filters, limit=limit, cursor=cursor)

    def details(self, card_id: str) -> Answer[Card]:
        """One card."""
        return self._client.get(f"{_PATH}/details/{in_path(card_id)}")

    def update(
        self,
        card_id: str,
        *,
        limits: Mapping[str, str | None] | None = None,
        controls: Mapping[str, bool] | None = None,
        blocked_categories: Sequence[str] | None = None,
        nickname: str | None = None,
    ) -> Answer[Card]:
        """Set a card's limits (None takes one away), controls, blocked merchants or name ("" takes it away)."""
        wanted = given(limits=limits, controls=controls, blocked_categories=blocked_categories, nickname=nickname)
        return self._client.put(f"{_PATH}/update/{in_path(card_id)}", wanted)

    def freeze(self, card_id: str) -> Answer[Card]:
        """Let nothing be paid with it for now."""
        return self._client.post(f"{_PATH}/{in_path(card_id)}/freeze")

    def unfreeze(self, card_id: str) -> Answer[Card]:
        """Let it pay again."""
        return self._client.post(f"{_PATH}/{in_path(card_id)}/unfreeze")

    def report(self, card_id: str, reason: ReportReason) -> Answer[Card]:
        """It was lost, stolen or misused: it never pays again."""
        return self._client.post(f"{_PATH}/{in_path(card_id)}/report", {"reason": reason})

    def replace(self, card_id: str, *, idempotency_key: str | None = None) -> Answer[Card]:
        """Issue a new card for it, with another number and the same limits and controls."""
        path = f"{_PATH}/{in_path(card_id)}/replace"
        return self._client.move_money(path, {}, idempotency_key=idempotency_key)

    def cancel(self, card_id: str) -> Answer[Card]:
        """Give it up: it never pays again."""
        return self._client.post(f"{_PATH}/{in_path(card_id)}/cancel")

    def reveal(self, card_id: str, password: str) -> Answer[PrintedCard]:
        """What is printed on a card of mine."""
        return self._client.post(f"{_PATH}/{in_path(card_id)}/reveal", {"password": password})

"""Payment cards: issue, look at, control, freeze, report, replace and cancel them; the bills of credit cards."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from sandbank.answers import Answer, Page
from sandbank.resource import Resource, given, in_path
from sandbank.types.cards import Card, CardPayment, CardStatement, CardStatus, PrintedCard

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

    def create_credit(
        self,
        settlement_account_id: str,
        *,
        credit_limit: str | None = None,
        billing_day: int | None = None,
        product: str | None = None,
        nickname: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[Card]:
        """Issue a credit card whose bills are paid from this checking account; it comes with an account of its own."""
        order = given(
            kind="credit",
            settlement_account_id=settlement_account_id,
            credit_limit=credit_limit,
            billing_day=billing_day,
            product=product,
            nickname=nickname,
        )
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
        credit_limit: str | None = None,
        billing_day: int | None = None,
        settlement_account_id: str | None = None,
    ) -> Answer[Card]:
        """Set a card's limits (None takes one away), controls, blocked merchants or name ("" takes it away).

        Of a credit card also what it lends, when it is billed, and from which account that is paid.
        """
        wanted = given(
            limits=limits,
            controls=controls,
            blocked_categories=blocked_categories,
            nickname=nickname,
            credit_limit=credit_limit,
            billing_day=billing_day,
            settlement_account_id=settlement_account_id,
        )
        return self._client.put(f"{_PATH}/update/{in_path(card_id)}", wanted)

    def freeze(self, card_id: str) -> Answer[Card]:
        """Freeze a card."""
        return self._client.post(f"{_PATH}/{in_path(card_id)}/freeze")

    def unfreeze(self, card_id: str) -> Answer[Card]:
        """Unfreeze a card."""
        return self._client.post(f"{_PATH}/{in_path(card_id)}/unfreeze")

    def report(self, card_id: str, reason: ReportReason) -> Answer[Card]:
        """Report a card lost, stolen or misused: it can never be used again."""
        return self._client.post(f"{_PATH}/{in_path(card_id)}/report", {"reason": reason})

    def replace(self, card_id: str, *, idempotency_key: str | None = None) -> Answer[Card]:
        """Replace a card: another number, the same limits and controls."""
        path = f"{_PATH}/{in_path(card_id)}/replace"
        return self._client.move_money(path, {}, idempotency_key=idempotency_key)

    def cancel(self, card_id: str, *, idempotency_key: str | None = None) -> Answer[Card]:
        """Cancel a card for good. A credit card's last bill is charged and paid by it."""
        path = f"{_PATH}/{in_path(card_id)}/cancel"
        return self._client.move_money(path, {}, idempotency_key=idempotency_key)

    def statements(self, card_id: str, *, limit: int | None = None, cursor: str | None = None) -> Page[CardStatement]:
        """A page of a credit card's bills, newest first; before the first of them what the next one would say now."""
        return self._client.page(f"{_PATH}/{in_path(card_id)}/statements", limit=limit, cursor=cursor)

    def statement(self, statement_id: str) -> Answer[CardStatement]:
        """One bill of a credit card."""
        return self._client.get(f"{_PATH}/statements/{in_path(statement_id)}")

    def pay(
        self,
        card_id: str,
        *,
        amount: str | None = None,
        from_account_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[CardPayment]:
        """Pay what is owed on a credit card of mine, all of it or an amount, from its linked account or another."""
        order = given(amount=amount, from_account_id=from_account_id)
        return self._client.move_money(f"{_PATH}/{in_path(card_id)}/pay", order, idempotency_key=idempotency_key)

    def reveal(self, card_id: str, password: str) -> Answer[PrintedCard]:
        """Reveal a card's number and security code."""
        return self._client.post(f"{_PATH}/{in_path(card_id)}/reveal", {"password": password})

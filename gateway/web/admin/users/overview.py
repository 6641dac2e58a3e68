"""Everything that a customer has at the bank, as somebody at a counter needs it: a few rows of each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.web.api_client import api
from gateway.web.side_by_side import side_by_side
from gateway.web.upcoming.next_payments import next_payments
from sandbank.answers import Page
from shared.refusals import Refused

SHOWN = 5


@dataclass(frozen=True)
class Few:
    """The newest of something; `is_known` is false while the service that has it is away."""

    rows: list[Any]
    is_known: bool = True


def customer_overview(user_id: str) -> dict[str, Any]:
    """What one customer has, by what it is. Raises Refused as the API does."""
    client = api()

    def few(list_page: Callable[..., Page[Any]], limit: int = SHOWN, **filters: str) -> Few:
        try:
            return Few(list(list_page(user_id=user_id, limit=limit, **filters).data))
        except Refused as refused:
            if refused.refusal.status < 500:
                raise
            return Few([], is_known=False)

    def coming_up() -> Few:
        upcoming = next_payments(user_id=user_id)
        return Few(list(upcoming or ()), is_known=upcoming is not None)

    questions: dict[str, Callable[[], Few]] = {
        "accounts": partial(few, client.accounts.list_all, 25),
        "cards": partial(few, client.cards.list_all, 10),
        "holds": partial(few, client.holds.list, status="pending"),
        "standing": partial(few, client.standing_orders.list),
        "scheduled": partial(few, client.scheduled_payments.list, status="active"),
        "mandates": partial(few, client.direct_debits.mandates),
        "disputes": partial(few, client.card_network.list_disputes),
        "upcoming": coming_up,
    }
    with side_by_side() as page:
        asked = {name: page.ask(question) for name, question in questions.items()}
        return {name: one.answer() for name, one in asked.items()}

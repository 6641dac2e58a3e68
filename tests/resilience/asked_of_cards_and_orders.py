"""Everything that the ledger commits for a request, as requests to a ledger process."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from shared.identifiers import new_id
from shared.time.business_days import business_day
from shared.time.clock import from_wire
from tests.cards import card_number, state
from tests.exchanges import PER_EURO
from tests.resilience.arranged_year import SHOP, acquirer
from tests.resilience.ledger_process import LedgerProcess

WON = {"won": True}
_NETWORK, _HOLDS, _DEBITS = "/api/card-network", "/api/transactions/holds", "/api/direct-debits"
_CLOCK = "/api/transactions/clock"


class Asked(NamedTuple):
    """One request, whose reply is kept under a key where `has_key`; `posts` and `claims` are steps that it passes."""

    path: str
    payload: dict[str, Any]
    headers: dict[str, str]
    method: str = "POST"
    has_key: bool = True
    posts: bool = True

    def sent(self, key: str) -> dict[str, str]:
        """The headers that it is sent with."""
        return {**self.headers, "Idempotency-Key": key} if self.has_key else self.headers

    def passes(self, point: str) -> bool:
        """Whether it comes by this failpoint."""
        step = point.partition(":")[2]
        return (self.has_key or step != "claim") and (self.posts or step != "entry")


class Scene:
    """A ledger with somebody who has an account and a card, a shop with an account, and who works at the bank."""

    def __init__(self, ledger: LedgerProcess) -> None:
        self.ledger = ledger
        (self.account_id, self.owner), (self.shop_id, self.shop) = ledger.open_accounts(2, 100_000)
        self.staff, self.colleague = (
            ledger.keys.headers(new_id(), role="employee", life_seconds=7200) for _ in range(2)
        )
        self.acquirer, self.card_id = acquirer(ledger), self.issued(self.account_id)

    def issued(self, account_id: str, kind: str = "debit") -> str:
        """The id of a card on an account."""
        card_id = new_id()
        card = {"account_id": account_id, "kind": kind, "card_number": card_number(), "security_code": "123"}
        told = {**card, "expires": "2099-12", **state()}
        self.did(Asked(f"/internal/ledger/cards/{card_id}", told, self.ledger.service, "PUT"))
        return card_id

    def did(self, asked: Asked) -> Any:
        """What came of a request on the way, which must succeed."""
        status, body = self.ledger.once(asked.method, asked.path, asked.payload, asked.headers)
        assert status in (200, 201), body
        return body["data"]

    def of_network(self, path: str, payload: dict[str, Any]) -> Asked:
        """What a shop asks."""
        return Asked(f"{_NETWORK}{path}", payload, self.acquirer)

    def paying(self, **more: Any) -> Asked:
        """A payment that a shop asks for."""
        asked = {"card_id": self.card_id, "amount": "40.00", "currency": "EUR", "merchant": SHOP, "channel": "chip"}
        return self.of_network("/authorizations", {**asked, **more})

    def authorized(self, **more: Any) -> str:
        """The id of one that was approved."""
        return str(self.did(self.paying(**more))["id"])

    def disputed(self, *, sold: bool = False) -> str:
        """The id of a dispute about one that was collected."""
        return str(self.did(self.disputing(sold=sold))["id"])

    def disputing(self, *, sold: bool = False) -> Asked:
        """Its holder disputes one that was collected; `sold`: by the shop that has an account here."""
        merchant = {**SHOP, "account_id": self.shop_id} if sold else SHOP
        payload = {"transaction_id": self.authorized(capture=True, merchant=merchant), "reason": "never there"}
        return Asked(f"{_NETWORK}/disputes", payload, self.owner)

    def holding(self) -> Asked:
        """Money is held."""
        return Asked(_HOLDS, {"account_id": self.account_id, "amount": "5.00"}, self.staff)

    def ordering(self, path: str, **more: Any) -> Asked:
        """A payment is arranged."""
        payload = {"from_account_id": self.account_id, "to_account_id": self.shop_id, "amount": "1.00", **more}
        return Asked(path, payload, self.owner, posts=False)

    def asking_a_mandate(self) -> Asked:
        """The shop asks for a mandate."""
        number = self.ledger.numbers[self.account_id]
        asked = {"creditor_account_id": self.shop_id, "debtor_account_number": number, "reference": new_id()[-12:]}
        return Asked(f"{_DEBITS}/mandates", asked, self.shop, posts=False)

    def confirming(self) -> Asked:
        """The debtor confirms one."""
        path = f"{_DEBITS}/mandates/{self.did(self.asking_a_mandate())['id']}/confirm"
        return Asked(path, {}, self.owner, has_key=False, posts=False)

    def collecting(self, days: int = 20) -> Asked:
        """The shop announces a collection."""
        payload = {"mandate_id": self.did(self.confirming())["id"], "amount": "2.00", "due_on": self.day_in(days)}
        return Asked(f"{_DEBITS}/collections", payload, self.shop, posts=False)

    def refunding(self) -> Asked:
        """The debtor has back what was collected, which is a week ago by now."""
        path = f"{_DEBITS}/collections/{self.did(self.collecting(1))['id']}/refund"
        simulator = self.ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
        moved = self.did(Asked(_CLOCK, {"advance_by": {"days": 7}, "wait_seconds": 30}, simulator))
        assert moved["target_time"] is None, moved
        return Asked(path, {}, self.owner)

    def leaving(self) -> Asked:
        """An account is closed from which something would be collected."""
        ((self.account_id, self.owner),) = self.ledger.open_accounts(1, 0)
        self.did(self.collecting())
        path = f"/internal/ledger/accounts/{self.account_id}/status"
        return Asked(path, {"status": "closed"}, self.ledger.service, "PUT", has_key=False, posts=False)

    def day_in(self, days: int) -> str:
        """The day of the bank so many days from now."""
        now = self.did(Asked(_CLOCK, {}, self.staff, "GET"))["bank_time"]
        return (business_day(from_wire(now)) + timedelta(days=days)).isoformat()

    def moving(self, what: str) -> Asked:
        """Money comes in, or goes out."""
        return Asked(f"/api/transactions/{what}", {"account_id": self.account_id, "amount": "3.00"}, self.owner)

    def batching(self) -> Asked:
        """Two movements are asked for together, each with its own key."""
        item = {"type": "deposit", "account_id": self.account_id, "amount": "3.00"}
        items = [{**item, "idempotency_key": new_id()} for _ in range(2)]
        return Asked("/api/transactions/batch", {"items": items}, self.owner, has_key=False)

    def changing(self, path: str, method: str, **payload: Any) -> Asked:
        """What was arranged is changed, or ended."""
        return Asked(path, payload, self.owner, method, has_key=False, posts=False)

    def resuming(self) -> Asked:
        """An order that was paused goes on."""
        path = _order_path(self)
        self.did(self.changing(f"{path}/pause", "POST"))
        return self.changing(f"{path}/resume", "POST")

    def payee(self) -> str:
        """The id of somebody who is paid."""
        payload = {"name": "The shop", "account_number": self.ledger.numbers[self.shop_id]}
        return str(self.did(Asked("/api/payees", payload, self.owner))["id"])

    def borrowing(self) -> tuple[Asked, Asked]:
        """Something is bought with a credit card, and its holder pays a part of that by hand."""
        owner_id = new_id()
        ((checking_id, _),) = self.ledger.open_accounts(1, 50_000, owner_id=owner_id)
        line = {"settlement_account_id": checking_id, "billing_day": 1, "rate_plan": "credit"}
        facts = {"owner_id": owner_id, "account_type": "credit", "floor_minor": -100_000, "credit_line": line}
        ((credit_id, _),) = self.ledger.open_accounts(1, 0, **facts)
        bought = self.paying(card_id=self.issued(credit_id, "credit"), capture=True)
        payload = {"user_id": owner_id, "amount": "15.00", "idempotency_key": new_id()}
        return bought, Asked(f"/internal/ledger/credit-lines/{credit_id}/payments", payload, self.ledger.service)

    def paying_a_bill(self) -> Asked:
        """The second of these, once the first is done."""
        bought, paying = self.borrowing()
        self.did(bought)
        return paying

    def told_rates(self) -> None:
        """The bank has rates."""
        rates = {"source": "a test", "margin_bp": 50, "per_euro": PER_EURO}
        self.did(Asked("/internal/ledger/exchange-rates/2026-01-05", rates, self.ledger.service, "PUT"))

    def paying_abroad(self) -> Asked:
        """A payment in dollars that a shop asks for."""
        self.told_rates()
        return self.paying(currency="USD")

    def collecting_abroad(self) -> Asked:
        """A part of one is collected, in a bank that has kept dollars before."""
        self.told_rates()
        self.authorized(currency="USD", amount="1.00", capture=True)
        path = f"/authorizations/{self.did(self.paying_abroad())['id']}/capture"
        return self.of_network(path, {"amount": "3.33", "final": False})

    def exchanging(self) -> Asked:
        """Its owner changes money."""
        ((dollars_id, owner),) = self.ledger.open_accounts(1, 50_000, currency="USD")
        self.told_rates()
        payload = {"from_account_id": dollars_id, "to_account_id": self.shop_id, "amount": "10.00"}
        return Asked("/api/transactions/transfer", payload, owner)


def _payment_path(scene: Scene) -> str:
    asked = scene.ordering("/api/scheduled-payments", execute_on=scene.day_in(20))
    return f"/api/scheduled-payments/{scene.did(asked)['id']}"


def _order_path(scene: Scene) -> str:
    asked = scene.ordering("/api/standing-orders", frequency="monthly", first_on=scene.day_in(20))
    return f"/api/standing-orders/{scene.did(asked)['id']}"


ASKED: dict[str, Callable[[Scene], Asked]] = {
    "authorize": lambda scene: scene.paying(),
    "authorize and collect": lambda scene: scene.paying(capture=True),
    "decline": lambda scene: scene.paying(amount="5000.00"),
    "increment": lambda scene: scene.of_network(f"/authorizations/{scene.authorized()}/increment", {"amount": "1.00"}),
    "capture": lambda scene: scene.of_network(f"/authorizations/{scene.authorized()}/capture", {"amount": "30.00"}),
    "reverse": lambda scene: scene.of_network(f"/authorizations/{scene.authorized()}/reverse", {}),
    "clear": lambda scene: scene.paying()._replace(path=f"{_NETWORK}/clearings"),
    "refund": lambda scene: scene.of_network("/refunds", {"original_id": scene.authorized(capture=True)}),
    "dispute": lambda scene: scene.disputing(),
    "resolve": lambda scene: Asked(f"{_NETWORK}/disputes/{scene.disputed()}/resolve", {"won": False}, scene.staff),
    "charge back": lambda scene: Asked(f"{_NETWORK}/disputes/{scene.disputed(sold=True)}/resolve", WON, scene.staff),
    "hold": lambda scene: scene.holding(),
    "capture a hold": lambda scene: Asked(f"{_HOLDS}/{scene.did(scene.holding())['id']}/capture", {}, scene.staff),
    "void a hold": lambda scene: Asked(f"{_HOLDS}/{scene.did(scene.holding())['id']}/void", {}, scene.staff),
    "standing order": lambda scene: scene.ordering(
        "/api/standing-orders", frequency="monthly", first_on=scene.day_in(20)
    ),
    "pause": lambda scene: Asked(f"{_order_path(scene)}/pause", {}, scene.owner, has_key=False, posts=False),
    "cancel": lambda scene: Asked(_order_path(scene), {}, scene.owner, "DELETE", has_key=False, posts=False),
    "scheduled payment": lambda scene: scene.ordering("/api/scheduled-payments", execute_on=scene.day_in(20)),
    "mandate": lambda scene: scene.asking_a_mandate(),
    "confirm": lambda scene: scene.confirming(),
    "collection": lambda scene: scene.collecting(),
    "refund a collection": lambda scene: scene.refunding(),
    "close what is collected from": lambda scene: scene.leaving(),
    "exchange": lambda scene: scene.exchanging(),
    "pay with a credit card": lambda scene: scene.borrowing()[0],
    "pay its bill by hand": lambda scene: scene.paying_a_bill(),
    "deposit": lambda scene: scene.moving("deposit"),
    "withdraw": lambda scene: scene.moving("withdraw"),
    "reverse a payment": lambda scene: Asked(
        f"/api/transactions/{scene.did(scene.moving('deposit'))['id']}/reverse", {"reason": "by mistake"}, scene.staff
    ),
    "batch": lambda scene: scene.batching(),
    "resume": lambda scene: scene.resuming(),
    "change a standing order": lambda scene: scene.changing(_order_path(scene), "PUT", amount="2.00"),
    "change a scheduled payment": lambda scene: scene.changing(_payment_path(scene), "PUT", amount="2.00"),
    "call a scheduled payment off": lambda scene: scene.changing(_payment_path(scene), "DELETE"),
    "end a mandate": lambda scene: scene.changing(
        f"{_DEBITS}/mandates/{scene.did(scene.confirming())['id']}/cancel", "POST"
    ),
    "refuse a collection": lambda scene: scene.changing(
        f"{_DEBITS}/collections/{scene.did(scene.collecting())['id']}/cancel", "POST"
    ),
    "change a payee": lambda scene: scene.changing(f"/api/payees/{scene.payee()}", "PUT", name="Another name"),
    "freeze": lambda scene: Asked(
        f"/internal/ledger/accounts/{scene.account_id}/status",
        {"status": "frozen"},
        scene.ledger.service,
        "PUT",
        has_key=False,
        posts=False,
    ),
    "authorize abroad": lambda scene: scene.paying_abroad(),
    "capture abroad": lambda scene: scene.collecting_abroad(),
}

SELDOM = frozenset(
    {"deposit", "withdraw", "reverse a payment", "resume", "change a standing order", "change a scheduled payment"}
    | {"call a scheduled payment off", "end a mandate", "refuse a collection", "change a payee", "freeze"}
)
"""What commits as others on the list do: at a desk those stand for it, in CI each is asked."""
NOT_ASKED = {
    "POST /api/transactions/clock": "test_due_work_killed.py kills the clock on its way",
    "POST /api/transactions/clock/confirm": "kept by the process that was told",
    "POST /api/transactions/clock/due/retry": "what was set aside is tried again by whoever asks again",
    "POST /api/payees": "without a key: whoever asks again hears that there is one",
    "DELETE /api/payees/<payee_id>": "without a key: whoever asks again hears that there is none",
    "POST /api/payees/check": "writes nothing but a count of wrong guesses",
    "POST /api/transactions/quotes": "without a key: whoever asks again has another quote, and neither moves money",
    "PUT /internal/ledger/accounts/<account_id>": "asked by each scene, on its way",
    "POST /internal/ledger/accounts/batch": "asked by each scene, on its way",
    "PUT /internal/ledger/accounts/<account_id>/terms": "the account service tells it until it is answered",
    "PUT /internal/ledger/rate-plans/<code>": "the account service tells it until it is answered",
    "PUT /internal/ledger/exchange-rates/<day>": "the account service tells it until it is answered",
    "PUT /internal/ledger/cards/<card_id>": "the account service tells it until it is answered",
    "PUT /internal/ledger/cards/<card_id>/state": "the account service tells it until it is answered",
    "POST /internal/ledger/balances": "reads",
    "PUT /internal/people/<user_id>/erasure": "test_erasure_killed.py kills it on its way",
    "POST /internal/fence": "of a development bank that is emptied",
    "POST /internal/reset": "of a development bank that is emptied",
}
"""Routes of the ledger that write, or look as if they did, and that no request above is sent to, with the reason."""

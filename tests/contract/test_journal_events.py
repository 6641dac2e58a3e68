"""The journal feed says what transaction_service/events.py says, for every kind of movement there is."""

from collections import Counter
from pathlib import Path

from shared.enums import TransactionType
from tests.cards import TestCard
from tests.exchanges import tell_rates
from tests.ledgers import open_ledger
from transaction_service.events import JournalPage
from transaction_service.ledger.movement_rules import RULES, Sides


def test_every_kind_of_movement_is_published_as_its_model_says(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        simulator = ledger.keys.headers("simulator-service", role="service", scope="bank:simulate")
        ada = ledger.open_account(deposit_minor=100_000, synthetic=True)
        bob = ledger.open_account(synthetic=True)
        owing = ledger.open_account(synthetic=True)
        items = [{"type": "fee", "idempotency_key": "owed", "amount": "1.00", "account_id": owing.account_id}]
        for kind, rule in RULES.items():
            sides = {"account_id": ada.account_id}
            if rule.sides is Sides.TRANSFER:
                payee = owing if kind == TransactionType.CARD_PAYMENT else bob  # no more is paid than is owed
                sides = {"from_account_id": ada.account_id, "to_account_id": payee.account_id}
            if rule.sides not in (Sides.REVERSAL, Sides.EXCHANGE, Sides.DISPUTE):
                items.append({"type": kind, "idempotency_key": kind, "amount": "1.00", "category": "of all", **sides})
        results = ledger.call("POST", "/api/transactions/batch", {"items": items}, headers=simulator).json["data"]
        assert {result["status"] for result in results} == {"completed"}
        path = f"/api/transactions/{results[1]['transaction']['id']}/reverse"
        assert ledger.call("POST", path, {"reason": "all kinds"}, headers=ledger.staff()).status_code == 201
        card = TestCard(ada)
        paid = card.authorized("5.00", capture=True)
        disputed = card.ask("/disputes", {"transaction_id": paid["id"], "reason": "all kinds"}, headers=ada.headers)
        assert disputed.status_code == 201, disputed.text
        tell_rates(ledger)
        yen = ledger.open_account(ada.owner_id, currency="JPY", synthetic=True)
        assert ada.pay(yen, "10.00").status_code == 201
        page = JournalPage.model_validate_json(ledger.call("GET", "/internal/journal", headers=ledger.service).data)
        assert {event.type for event in page.data} == set(TransactionType)
        assert [event.position for event in page.data] == list(range(1, page.head + 1))
        for event in page.data:
            sums = Counter[str]()
            for leg in event.postings:
                sums[leg.currency] += leg.amount_minor
            assert set(sums.values()) == {0}
        ledger.check()

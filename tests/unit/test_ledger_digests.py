"""What keys, requests and initiators are kept as, pinned: rows of before have to be found again."""

from typing import Any

import pytest
from pydantic import BaseModel

from shared.identifiers import new_id
from transaction_service.ledger.decisions import Actor
from transaction_service.ledger.entry import Initiator
from transaction_service.ledger.idempotency_keys import name_of
from transaction_service.ledger.initiators import digest_of
from transaction_service.ledger.orders import Order, request_digest
from transaction_service.orders.arrangement import facts_of
from transaction_service.orders.direct_debit_payloads import CollectionRequest
from transaction_service.orders.payloads import ScheduledPaymentRequest, StandingOrderRequest

ADA, SESSION, ACCOUNT = (f"0190a8c0-5f00-7a00-8000-00000000000{number}" for number in (1, 2, 3))
ORDER = Order(
    Actor(ADA),
    "transfer",
    "12.34",
    new_id(),
    from_account_id=ACCOUNT,
    to_account_number="DE89370400440532013000",
    currency="EUR",
    description="Käse",
    category="food",
    effective_at=1_700_000_000_000_000,
    idempotency_key="key-1",
)


def test_the_name_of_a_key_is_that_of_every_release_so_far() -> None:
    assert name_of(ADA, "transfer", "key-1").hex() == "2f56762e7a717f4dee6eebdb10bd103e"


def test_the_digest_of_an_initiator_is_that_of_every_release_so_far() -> None:
    initiator = Initiator(ADA, "customer", "Ada", "customer", SESSION, "api")
    assert digest_of(initiator).hex() == "e1c1ae1c380a4a5800acf92a215ad979"


def test_the_hash_of_a_request_is_that_of_every_release_so_far_and_covers_each_field() -> None:
    assert ORDER.request_hash().hex() == "93d71d93caa9e01b3e5e877068768420"
    covered = set(Order._fields) - {"actor", "request_id", "idempotency_key", "is_arranged"}
    others = [ORDER._replace(**{name: "another"}).request_hash() for name in covered]
    assert len({ORDER.request_hash(), *others}) == len(covered) + 1


def test_a_card_paid_from_its_linked_account_is_known_again_by_the_hash_of_before() -> None:
    now = ORDER._replace(is_from_linked=True)
    assert now.is_what_was_asked(now.request_hash())
    assert now.is_what_was_asked(ORDER.request_hash())
    assert not now.is_what_was_asked(ORDER._replace(amount="12.35").request_hash())
    assert not ORDER.is_what_was_asked(now.request_hash())


PAYMENT: dict[str, Any] = {"from_account_id": ACCOUNT, "to_account_id": ADA, "amount": "1.00", "description": "Rent"}
STANDING = {**PAYMENT, "frequency": "monthly", "first_on": "2026-12-01"}
SCHEDULED = {**PAYMENT, "execute_on": "2026-12-01"}
COLLECTED = {"mandate_id": ACCOUNT, "amount": "1.00", "due_on": "2026-12-01", "description": "Power"}


@pytest.mark.parametrize(
    ("of", "sent", "before"),
    [
        (
            StandingOrderRequest,
            STANDING,
            (ACCOUNT, ADA, None, None, "1.00", "Rent", "monthly", "2026-12-01", None, "following"),
        ),
        (ScheduledPaymentRequest, SCHEDULED, (ACCOUNT, ADA, None, None, "1.00", "Rent", "2026-12-01")),
        (CollectionRequest, COLLECTED, (ACCOUNT, "1.00", "2026-12-01", "Power")),
    ],
)
def test_an_order_is_known_again_from_before_payers_could_call_it_something(
    of: type[BaseModel], sent: dict[str, Any], before: tuple[Any, ...]
) -> None:
    now = facts_of(of.model_validate(sent))
    assert request_digest(now) == request_digest(before)
    named = [facts_of(of.model_validate({**sent, "end_to_end_id": name})) for name in ("INV-1", "INV-2")]
    assert len({now, *named}) == 3

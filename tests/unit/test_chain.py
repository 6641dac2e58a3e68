"""What the hash of an entry covers, pinned: the ledger's rule and the reporting service's own, on the same examples."""

import pytest

from reporting_service.proof import chain as copied
from transaction_service.ledger import chain
from transaction_service.ledger.entry import Entry, Initiator, Posting

ID, ADA, BOB = (f"01931234-0000-7000-8000-00000000000{number}" for number in (1, 2, 3))
BY = Initiator("01931234-0000-7000-8000-00000000000a", "customer", "ada", "customer", "session-1", "web")
ENTRY = Entry(ID, "transfer", "EUR", 1_234, ADA, BOB, 'Grüße, "quoted"', None, None, 1_790_000_000_000_001, 7, BY, "r1")
LEGS = (Posting(ADA, "EUR", -1_234, 8_766), Posting(BOB, "EUR", 1_234, None))
EXCHANGE = (
    Posting(ADA, "EUR", -1_000, 0),
    Posting("bank:exchange:EUR", "EUR", 1_000, None),
    Posting("bank:exchange:USD", "USD", -1_100, None),
    Posting(BOB, "USD", 1_100, 1_100),
)
PINNED = [
    (1, LEGS, "8219690608143c8e2190e1459bc8f8c4fdf6e95cd5a7c50dc9123886cd4d458a"),
    (2, LEGS, "8f787195dc4f649bd7228b9a50d32c57ee2ae75b078e8c36ca56ea8d3e04e27a"),
    (2, EXCHANGE, "3b25d98e358a1c5b3e82cbb6d49e772fc21013beae6deeffebf32ac2aadbf70a"),
]
NAMED = ENTRY._replace(end_to_end_id="INV-1")


def by_the_copy(version: int, previous: str, position: int, entry: Entry, legs: tuple[Posting, ...]) -> str | None:
    by = entry.initiator
    facts = {
        **entry._asdict(),
        "initiator_id": by.user_id,
        "initiator_kind": by.kind,
        "initiator_role": by.role,
        "session_id": by.session_id,
        "channel": by.channel,
    }
    numbered = [(number, *leg) for number, leg in enumerate(legs)]
    return copied.chain_hash(version, previous, position, [facts[name] for name in copied.FACTS], numbered[::-1])


@pytest.mark.parametrize(("version", "legs", "expected"), PINNED)
def test_both_verifiers_have_the_same_rule(version: int, legs: tuple[Posting, ...], expected: str) -> None:
    assert chain.chain_hash(version, "0" * 64, 1, ENTRY, legs) == expected
    assert by_the_copy(version, "0" * 64, 1, ENTRY, legs) == expected


@pytest.mark.parametrize(
    "changed",
    [
        *(
            ENTRY._replace(**{name: "other"})
            for name in ("id", "type", "currency", "description", "category", "reverses")
        ),
        *(ENTRY._replace(**{name: 99}) for name in ("amount_minor", "effective_at", "booked_at")),
        *(
            ENTRY._replace(initiator=BY._replace(**{name: "other"}))
            for name in ("user_id", "kind", "role", "session_id", "channel")
        ),
        ENTRY._replace(request_id=None),
    ],
)
def test_every_fact_of_an_entry_is_covered(changed: Entry) -> None:
    sealed = chain.chain_hash(2, "0" * 64, 1, ENTRY, LEGS)
    assert chain.chain_hash(2, "0" * 64, 1, changed, LEGS) != sealed
    assert by_the_copy(2, "0" * 64, 1, changed, LEGS) != sealed


@pytest.mark.parametrize(
    "legs",
    [
        LEGS[::-1],
        LEGS[:1],
        (LEGS[0]._replace(currency="USD"), LEGS[1]),
        (LEGS[0]._replace(account_id=BOB), LEGS[1]),
        (LEGS[0]._replace(amount_minor=-1), LEGS[1]),
        (LEGS[0]._replace(balance_after_minor=0), LEGS[1]),
    ],
)
def test_every_fact_of_a_leg_and_their_order_is_covered(legs: tuple[Posting, ...]) -> None:
    sealed = chain.chain_hash(2, "0" * 64, 1, ENTRY, LEGS)
    assert chain.chain_hash(2, "0" * 64, 1, ENTRY, legs) != sealed
    assert by_the_copy(2, "0" * 64, 1, ENTRY, legs) != sealed


def test_a_name_is_not_covered_and_versions_and_places_are() -> None:
    nameless = ENTRY._replace(initiator=BY._replace(name=None))
    sealed = chain.chain_hash(2, "0" * 64, 1, ENTRY, LEGS)
    assert chain.chain_hash(2, "0" * 64, 1, nameless, LEGS) == sealed
    assert chain.chain_hash(1, "0" * 64, 1, ENTRY, LEGS) != sealed
    assert chain.chain_hash(2, "0" * 64, 2, ENTRY, LEGS) != sealed
    assert chain.chain_hash(2, "1" * 64, 1, ENTRY, LEGS) != sealed
    with pytest.raises(KeyError):
        chain.chain_hash(4, "0" * 64, 1, ENTRY, LEGS)
    assert by_the_copy(4, "0" * 64, 1, ENTRY, LEGS) is None


def test_an_entry_with_an_end_to_end_id_is_sealed_with_it_by_a_rule_of_its_own() -> None:
    pinned = "cdfe3c92ead9a405151cee868352aa4dcf48d2299da7bd1127fe3fa92b352560"
    assert (chain.version_of(ENTRY), chain.version_of(NAMED)) == (2, 3)
    for by in (chain.chain_hash, by_the_copy):
        assert by(3, "0" * 64, 1, NAMED, LEGS) == pinned
        assert by(3, "0" * 64, 1, NAMED._replace(end_to_end_id="INV-2"), LEGS) != pinned
        assert by(3, "0" * 64, 1, NAMED._replace(description="other"), LEGS) != pinned


@pytest.mark.parametrize("version", [1, 2])
def test_an_end_to_end_id_put_on_an_entry_whose_rule_does_not_cover_one_is_not_as_sealed(version: int) -> None:
    with pytest.raises(KeyError):
        chain.chain_hash(version, "0" * 64, 1, NAMED, LEGS)
    assert by_the_copy(version, "0" * 64, 1, NAMED, LEGS) is None

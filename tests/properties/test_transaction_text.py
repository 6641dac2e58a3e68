"""The reply to a movement is written without a dictionary of it: byte for byte what the dictionary's JSON would be."""

from hypothesis import given
from hypothesis import strategies as st

from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.amounts.money import Money
from shared.enums import Channel, InitiatorKind, TransactionType
from shared.http.json_parsing import render
from shared.identifiers import new_id
from transaction_service.exchange.agreement import Exchange
from transaction_service.ledger.entry import Entry, Initiator
from transaction_service.ledger.serializers import View, transaction, transaction_text

ids = st.builds(new_id)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
instants = st.integers(0, 221_000_000_000_000_000)
minors = st.integers(-(10**17), 10**17)
initiators = st.builds(
    Initiator,
    user_id=ids,
    kind=st.sampled_from([str(kind) for kind in InitiatorKind]),
    name=st.none() | texts,
    role=st.sampled_from(["customer", "employee"]),
    session_id=st.none() | ids,
    channel=st.sampled_from([str(channel) for channel in Channel]),
)
entries = st.builds(
    Entry,
    id=ids,
    type=st.sampled_from([str(kind) for kind in TransactionType]),
    currency=st.sampled_from(sorted(MINOR_UNIT_DIGITS)),
    amount_minor=st.integers(1, 10**15),
    from_account_id=st.none() | ids,
    to_account_id=st.none() | ids,
    description=texts,
    category=st.none() | texts,
    reverses=st.none() | ids,
    effective_at=instants,
    booked_at=instants,
    initiator=initiators,
    request_id=st.none() | ids,
)
monies = st.builds(Money, st.integers(1, 10**15), st.sampled_from(sorted(MINOR_UNIT_DIGITS)))
rates = st.decimals("0.0000001", "99999", places=10)
of_rates = st.builds(Exchange, monies, monies, rates, rates, st.integers(0, 9_999), st.just(20_000))
exchanges = of_rates | of_rates.map(lambda made: Exchange(made.source, made.target))
views = st.builds(
    View,
    account_id=ids,
    direction=st.sampled_from(["in", "out"]),
    balance_after_minor=minors,
    owner_id=ids,
    counterparty_owner_id=st.none() | ids,
    counterparty_name=st.none() | texts,
    counterparty_number=st.none() | st.text("ABC0123456789", min_size=1, max_size=34),
    counterparty_is_own=st.booleans(),
    exchange=st.none() | exchanges,
)


@given(entries, views, st.booleans(), st.booleans())
def test_the_text_of_a_transaction_is_the_json_of_its_object(
    entry: Entry, view: View, is_now: bool, for_staff: bool
) -> None:
    booked = entry._replace(booked_at=entry.effective_at) if is_now else entry
    assert transaction_text(booked, view, for_staff=for_staff) == render(transaction(booked, view, for_staff=for_staff))

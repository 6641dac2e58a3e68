"""Which rows of the feeds are told to whom."""

import pytest

from notification_service.inbox import rules
from notification_service.inbox.rules import NewNotification, large_minor
from notification_service.inbox.source_events import JournalEntry
from notification_service.settings import Settings
from shared.enums import AccountEventType, NotificationType, TransactionType
from shared.events.event_feed import EventRow
from shared.identity.device_names import device_name
from shared.settings import MissingSettingError
from tests.inboxes import Row, account_opened, entry, leg, payment, user_event

MONEY_RECEIVED, LARGE_PAYMENT = NotificationType.MONEY_RECEIVED, NotificationType.LARGE_PAYMENT
ADA, BOB = "0190a8c0-0000-7000-8000-00000000ada0", "0190a8c0-0000-7000-8000-00000000b0b0"


def told(row: Row, large: int = 100_000) -> list[tuple[str, str]]:
    entry_ = JournalEntry.model_validate(row)
    return [(found.user_id, found.type) for found in rules.of_entry(entry_, lambda minor, _currency: minor >= large)]


def of_account_event(row: Row, at: int = 5) -> list[NewNotification]:
    return rules.of_account_event(EventRow.model_validate(row), at)


def of_user_event(row: Row) -> list[NewNotification]:
    return rules.of_user_event(EventRow.model_validate(row), 5)


def test_a_transfer_is_told_to_whom_it_pays() -> None:
    assert told(payment(1, ADA, BOB, 1234)) == [(BOB, MONEY_RECEIVED)]


def test_a_large_transfer_is_told_to_both() -> None:
    assert told(payment(1, ADA, BOB, 100_000)) == [(BOB, MONEY_RECEIVED), (ADA, LARGE_PAYMENT)]


def test_one_cent_less_than_large_is_not_large() -> None:
    assert told(payment(1, ADA, BOB, 99_999)) == [(BOB, MONEY_RECEIVED)]


def test_money_between_ones_own_accounts_is_no_news() -> None:
    assert told(payment(1, ADA, ADA, 500_000)) == []


@pytest.mark.parametrize("movement", ["deposit", "payroll", "reversal", "transfer"])
def test_whatever_comes_in_is_told(movement: str) -> None:
    assert told(payment(1, None, ADA, 5, movement=movement)) == [(ADA, MONEY_RECEIVED)]


@pytest.mark.parametrize("movement", ["card_purchase", "bill_payment"])
def test_takings_of_a_shop_or_a_landlord_are_not_told_one_by_one(movement: str) -> None:
    assert told(payment(1, ADA, BOB, 5_000, movement=movement)) == []
    assert told(payment(1, ADA, BOB, 500_000, movement=movement)) == [(ADA, LARGE_PAYMENT)]


def test_paying_wages_is_no_news_to_the_employer() -> None:
    assert told(payment(1, ADA, BOB, 500_000, movement="payroll")) == [(BOB, MONEY_RECEIVED)]


def test_a_large_amount_that_leaves_to_the_bank_is_told() -> None:
    assert told(payment(1, ADA, None, 500_000, movement="withdrawal")) == [(ADA, LARGE_PAYMENT)]


@pytest.mark.parametrize("minor", [1, 500_000])
def test_interest_and_fees_are_told_as_what_they_are_however_little(minor: int) -> None:
    assert told(payment(1, None, ADA, minor, movement="interest")) == [(ADA, "interest_paid")]
    assert told(payment(1, ADA, None, minor, movement="interest_charge")) == [(ADA, "interest_charged")]
    assert told(payment(1, ADA, None, minor, movement="fee")) == [(ADA, "fee_charged")]


def test_an_occasion_carries_what_its_words_need() -> None:
    row = entry(7, leg(ADA, -1234, "from"), leg(BOB, 1234, "to"), description="x" * 600)
    (found,) = rules.of_entry(JournalEntry.model_validate(row), lambda *_: False)
    assert (found.entry_id, found.movement, found.created_at) == (row["id"], "transfer", row["effective_at_us"])
    assert (found.amount_minor, found.currency) == (1234, "EUR")
    assert (found.account_id, found.other_account_id, len(found.detail)) == ("to", "from", 500)


def test_the_same_row_gives_the_same_ids_and_each_person_their_own() -> None:
    row = payment(1, ADA, BOB, 100_000)
    first, second = (rules.of_entry(JournalEntry.model_validate(row), lambda *_: True) for _ in range(2))
    assert first == second
    assert len({found.id for found in first}) == 2


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("1000.00", "EUR", 100_000), ("1000", "JPY", 1000), ("0.5", "JPY", 1), ("1.5", "KWD", 1500), ("0.001", "EUR", 1)],
)
def test_the_large_amount_is_read_in_each_currency(text: str, currency: str, minor: int) -> None:
    assert large_minor(text, currency) == minor


@pytest.mark.parametrize("text", ["", "-1", "1e3", "1,000", "1.0000", "NaN", "\u0661\u0660"])
def test_a_large_amount_that_is_none_keeps_the_service_from_starting(text: str) -> None:
    with pytest.raises(MissingSettingError, match="BANK_LARGE_PAYMENT"):
        Settings("sqlite://", "key", "another key", large_payment=text)


def test_an_opened_account_is_told_and_other_changes_are_not() -> None:
    row = account_opened(1, ADA)
    assert [found.type for found in of_account_event(row)] == ["account_opened"]
    assert of_account_event({**row, "type": "account_updated"}) == []
    assert of_account_event({**row, "type": "bank_reset", "data": {}}) == []


def test_only_a_log_in_from_a_new_device_is_told() -> None:
    login = {"user_agent": "curl/8.5.0", "address": "192.0.2.1"}
    new, known = (user_event(1, "user_logged_in", ADA, new_device=is_new, **login) for is_new in (True, False))
    (found,) = of_user_event(new)
    assert (found.user_id, found.type, found.created_at) == (ADA, "new_device_login", 5)
    assert found.detail == "curl (192.0.2.1)"
    assert of_user_event(known) == []


def test_a_changed_password_is_told_and_an_ended_session_is_not() -> None:
    changed = user_event(1, "password_changed", ADA, address="192.0.2.1")
    assert [found.type for found in of_user_event(changed)] == ["password_changed"]
    assert of_user_event(user_event(1, "session_ended", ADA)) == []
    assert of_user_event(user_event(1, "bank_reset", ADA)) == []


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Version/18.0 Safari/605.1", "Safari on macOS"),
        ("Firefox/1", "Firefox"),
        ("python-requests/2.32.0", "python-requests"),
        ("", "an unknown program"),
        ("x" * 500, "x" * 60),
    ],
)
def test_a_device_is_named_as_people_would(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name


@pytest.mark.parametrize("minor", [1, 500_000])
def test_a_reversal_however_small_is_told_to_both(minor: int) -> None:
    row = payment(1, BOB, ADA, minor, movement="reversal")
    assert told(row) == [(ADA, MONEY_RECEIVED), (BOB, NotificationType.PAYMENT_REVERSED)]


def test_a_shop_is_told_of_a_lost_dispute_however_small() -> None:
    assert told(payment(1, BOB, None, 1, movement="chargeback")) == [(BOB, NotificationType.PAYMENT_REVERSED)]


def test_a_reversal_between_ones_own_accounts_is_told_once() -> None:
    assert told(payment(1, ADA, ADA, 5, movement="reversal")) == [(ADA, NotificationType.PAYMENT_REVERSED)]


@pytest.mark.parametrize(("movement", "kind"), [("standing_order", "order_paid"), ("direct_debit", "collection_paid")])
def test_what_leaves_by_itself_is_told_to_whom_it_leaves_and_once_when_it_is_large(movement: str, kind: str) -> None:
    received = [] if movement == "direct_debit" else [(BOB, MONEY_RECEIVED)]
    assert told(payment(1, ADA, BOB, 5, movement=movement)) == [*received, (ADA, kind)]
    assert told(payment(1, ADA, BOB, 500_000, movement=movement)) == [*received, (ADA, LARGE_PAYMENT)]


@pytest.mark.parametrize("movement", list(TransactionType))
def test_every_type_of_movement_is_told_or_left_out_on_purpose(movement: str) -> None:
    for row in (payment(1, ADA, BOB, 500_000, movement=movement), payment(1, None, ADA, 5, movement=movement)):
        assert {kind for _, kind in told(row)} <= set(rules.TYPES_OF_FEED["journal"])


@pytest.mark.parametrize("kind", list(AccountEventType))
def test_opening_freezing_and_closing_are_told_with_their_reason(kind: str) -> None:
    row = {**account_opened(1, ADA, reason="A lost card"), "type": kind}
    found = of_account_event(row, 7)
    expected = {"account_opened", "account_frozen", "account_unfrozen", "account_closed"} & {kind}
    assert {one.type for one in found} == expected
    assert all((one.user_id, one.detail, one.created_at) == (ADA, "A lost card", 7) for one in found)


def test_a_changed_address_is_told_with_both() -> None:
    facts = {"old_email": "old@example.org", "new_email": "new@example.org"}
    (found,) = of_user_event(user_event(1, "email_changed", ADA, **facts))
    assert (found.type, found.detail) == ("email_changed", "from old@example.org to new@example.org")


def test_every_type_of_message_comes_of_one_feed() -> None:
    told_of = [kind for kinds in rules.TYPES_OF_FEED.values() for kind in kinds]
    assert sorted([*told_of, *rules.TYPES_OF_OUR_OWN]) == sorted(NotificationType)

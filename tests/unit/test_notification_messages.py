"""Notifications in plain English, amounts with their currency, and a link to what they are about."""

import pytest

from notification_service.inbox import rules
from notification_service.inbox.message import Message, amount_text
from notification_service.inbox.messages import NOT_YOU, KnownAccount, message_of
from notification_service.inbox.rules import NewNotification
from shared.card_enums import DeclineCode
from shared.enums import NotificationType
from shared.events.event_feed import EventRow
from shared.identifiers import new_id

MINE = KnownAccount("Ada Lovelace", "DE89100000000000003000", "checking", "EUR", None)
THEIRS = KnownAccount("Grace Hopper", "DE89100000000000004000", "savings", "EUR", None)
KNOWN = {"mine": MINE, "theirs": THEIRS}


def movement(kind: str, movement: str = "transfer", detail: str = "", other: str | None = "theirs") -> NewNotification:
    return NewNotification(
        id="id",
        user_id="ada",
        type=kind,
        created_at=0,
        entry_id="entry",
        movement=movement,
        amount_minor=123_450,
        currency="EUR",
        account_id="mine",
        other_account_id=other,
        detail=detail,
    )


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (5, "EUR", "0.05 EUR"),
        (123_450, "EUR", "1,234.50 EUR"),
        (1_234_567, "JPY", "1,234,567 JPY"),
        (1_234_567, "KWD", "1,234.567 KWD"),
    ],
)
def test_amounts_have_their_digits_and_their_currency(minor: int, currency: str, text: str) -> None:
    assert amount_text(minor, currency) == text


def test_money_received_says_from_whom_into_which_account_and_with_what_message() -> None:
    said = message_of(movement("money_received", detail="Dinner"), KNOWN)
    assert said.title == "You received 1,234.50 EUR"
    assert said.body == ("Grace Hopper paid 1,234.50 EUR into your checking account ending in 3000. Message: “Dinner”")
    assert said.link == "/transactions/entry"


def test_money_from_outside_names_nobody() -> None:
    said = message_of(movement("money_received", "deposit", other=None), KNOWN)
    assert said.body == "1,234.50 EUR was paid into your checking account ending in 3000."


@pytest.mark.parametrize(
    ("kind", "title", "body"),
    [
        (
            "interest_paid",
            "1,234.50 EUR of interest",
            "Your checking account ending in 3000 earned 1,234.50 EUR of interest.",
        ),
        (
            "interest_charged",
            "1,234.50 EUR of interest charged",
            "1,234.50 EUR of interest was charged to your checking account ending in 3000.",
        ),
        (
            "fee_charged",
            "A fee of 1,234.50 EUR",
            "A fee of 1,234.50 EUR was charged to your checking account ending in 3000. For: “Account fee”",
        ),
    ],
)
def test_interest_and_fees_are_named_as_what_they_are(kind: str, title: str, body: str) -> None:
    said = message_of(movement(kind, detail="Account fee", other=None), KNOWN)
    assert (said.title, said.body, said.link) == (title, body, "/transactions/entry")


def test_what_is_not_known_yet_is_left_unsaid() -> None:
    assert message_of(movement("money_received"), {}).body == "1,234.50 EUR was paid into your account."
    opened = NewNotification("id", "ada", "account_opened", 0, account_id="mine")
    assert message_of(opened, {}).title == "Your new account is open"


def test_a_large_payment_says_what_to_do_about_it() -> None:
    said = message_of(movement("large_payment", "bill_payment", "Rent"), KNOWN)
    assert said.title == "Large payment of 1,234.50 EUR"
    assert said.body.startswith("1,234.50 EUR was paid from your checking account ending in 3000 to Grace Hopper.")
    assert said.body.endswith(f" Message: “Rent”. {NOT_YOU}")
    unsaid = message_of(movement("large_payment", "bill_payment", ""), KNOWN)
    assert unsaid.body.endswith(f" to Grace Hopper. {NOT_YOU}")


def test_a_large_withdrawal_is_called_one() -> None:
    said = message_of(movement("large_payment", "withdrawal", other=None), KNOWN)
    assert said.title == "Large withdrawal of 1,234.50 EUR"
    assert said.body.endswith(NOT_YOU)


def test_a_reversal_is_a_return_in_both_directions() -> None:
    assert message_of(movement("money_received", "reversal"), KNOWN).title == "1,234.50 EUR came back to you"
    for kind in ("payment_reversed", "large_payment"):  # the latter as earlier releases stored it
        assert message_of(movement(kind, "reversal"), KNOWN).title == "A payment of 1,234.50 EUR to you was taken back"


def test_an_account_is_called_by_its_nickname() -> None:
    known = {"mine": KnownAccount("Ada Lovelace", "DE89100000000000003000", "savings", "EUR", "Holidays")}
    said = message_of(NewNotification("id", "ada", "account_opened", 0, account_id="mine"), known)
    assert said.title == "Your savings account is open"
    assert said.body == 'Your account "Holidays" ending in 3000 is ready to use, in EUR.'
    assert said.link == "/accounts/mine"


def test_log_ins_and_passwords_lead_to_the_settings() -> None:
    login = message_of(NewNotification("id", "ada", "new_device_login", 0, detail="Firefox on Linux (192.0.2.1)"), {})
    assert login.body.startswith("Somebody logged in with Firefox on Linux (192.0.2.1).")
    password = message_of(NewNotification("id", "ada", "password_changed", 0), {})
    assert (login.link, password.link) == ("/settings", "/settings")


def test_a_frozen_account_says_so_and_why() -> None:
    frozen = message_of(
        NewNotification("id", "ada", "account_frozen", 0, account_id="mine", detail="A lost card"), KNOWN
    )
    assert frozen.title == "Your checking account is frozen"
    assert frozen.body.endswith("Reason: A lost card")
    assert frozen.link == "/accounts/mine"
    unfrozen = message_of(NewNotification("id", "ada", "account_unfrozen", 0, account_id="mine"), KNOWN)
    assert unfrozen.body == "Your checking account ending in 3000 can be used again."


def test_a_changed_address_names_both_and_says_what_to_do() -> None:
    detail = "from old@example.org to new@example.org"
    said = message_of(NewNotification("id", "ada", "email_changed", 0, detail=detail), {})
    assert said.body == f"Your e-mail address was changed {detail}. {NOT_YOU}"


def statement(closing_minor: int, movements: int = 12) -> NewNotification:
    detail = f"2026-10-01\n{movements}\n{closing_minor}\nEUR"
    return NewNotification("id", "ada", NotificationType.STATEMENT_READY, 0, account_id="mine", detail=detail)


@pytest.mark.parametrize(
    ("closing_minor", "movements", "said"),
    [
        (123_450, 12, "12 transactions, and 1,234.50 EUR at the end"),
        (-50, 1, "1 transaction, and -0.50 EUR at the end"),
        (-123_450, 2, "2 transactions, and -1,234.50 EUR at the end"),
    ],
)
def test_a_statement_says_what_the_month_came_to(closing_minor: int, movements: int, said: str) -> None:
    message = message_of(statement(closing_minor, movements), KNOWN)
    assert message.title == "Your statement for October 2026"
    assert said in message.body
    assert message.link == "/accounts/mine/statements"


@pytest.mark.parametrize("kind", list(NotificationType))
@pytest.mark.parametrize("known", [KNOWN, {}], ids=["known", "unknown"])
def test_every_type_of_message_has_words(kind: NotificationType, known: dict[str, KnownAccount]) -> None:
    feed = next((feed for feed, kinds in rules.TYPES_OF_FEED.items() if kind in kinds), "users")
    facts = {
        "journal": movement(kind),
        "accounts": NewNotification("id", "ada", kind, 0, account_id="mine"),
        "holds": NewNotification("id", "ada", kind, 0, account_id="mine", amount_minor=5, currency="EUR"),
        "statements": statement(5),
        "users": NewNotification("id", "ada", kind, 0, detail="something"),
    }[feed]
    said = message_of(facts, known)
    assert said.title
    assert said.body.rstrip("”").endswith((".", "something"))
    assert said.link.startswith("/")


def arranged(kind: str, *facts: str, amount_minor: int | None = 4_820) -> Message:
    """A message of what was arranged beforehand, with the facts of its `detail`."""
    currency = None if amount_minor is None else "EUR"
    facts_ = {"account_id": "mine", "amount_minor": amount_minor, "currency": currency, "detail": "\n".join(facts)}
    return message_of(NewNotification("id", "ada", kind, 0, **facts_), KNOWN)


def test_an_order_that_failed_says_which_why_and_what_for() -> None:
    said = arranged("order_failed", "standing_order", "INSUFFICIENT_FUNDS", "2026-12-01", "Rent")
    assert said.title == "A payment of 48.20 EUR was not made"
    assert said.body == (
        "Your standing order for 1 December 2026 was not paid from your checking account ending in 3000: there was too "
        "little money on the account, in the morning and at 14:00. For: “Rent”"
    )
    assert said.link == "/standing-orders"
    other = arranged("order_failed", "scheduled_payment", "SOMETHING_NEW", "2026-12-01", "")
    assert other.body.endswith("3000: the bank could not carry it out.")
    assert other.link == "/scheduled-payments"


def test_a_credit_card_bill_says_what_is_owed_and_what_it_costs_to_be_late() -> None:
    made = arranged("card_statement_made", "2026-12-20", "2500")
    assert made.title == "A credit card bill of 48.20 EUR"
    assert made.body == (
        "On 20 December 2026 48.20 EUR was owed on your checking account ending in 3000, of which 25.00 EUR has to be "
        "paid now. It is settled from the account linked to it."
    )
    late = arranged("card_bill_unpaid", "2026-12-20", "1500")
    assert "48.20 EUR is owed" in late.body
    assert "A fee of 15.00 EUR was charged." in late.body
    assert "the linked account had too little, or is frozen." in late.body
    assert "fee" not in arranged("card_bill_unpaid", "2026-12-20", "").body


def test_a_declined_card_payment_says_who_asked_and_why_not() -> None:
    said = arranged("card_payment_declined", "an-id", "4242", "Blue Cafe", "INSUFFICIENT_FUNDS")
    assert said.title == "A card payment of 48.20 EUR was declined"
    assert said.body == (
        "Blue Cafe asked for 48.20 EUR from your card ending in 4242. It was declined: there was too little money on "
        "your checking account ending in 3000. If this was not you, freeze the card."
    )
    assert said.link == "/cards/payments/an-id"
    frozen = arranged("card_payment_declined", "an-id", "4242", "Blue Cafe", "CARD_FROZEN")
    assert frozen.body.endswith("It was declined: the card is frozen.")
    of_any_reason = {arranged("card_payment_declined", "an-id", "4242", "Cafe", code).body for code in DeclineCode}
    assert len(of_any_reason) == len(DeclineCode)  # DO_NOT_HONOR alone has the words for whatever has none


@pytest.mark.parametrize(("status", "told"), [("won", "decided for you"), ("lost", "decided against you")])
def test_a_dispute_that_was_decided_says_how_and_where_the_money_is(status: str, told: str) -> None:
    said = arranged("dispute_resolved", "an-id", status, "Blue Cafe")
    assert said.title == f"Your dispute about 48.20 EUR was {told}"
    assert "the payment of 48.20 EUR to Blue Cafe that you disputed" in said.body
    assert ("stays on your checking account" in said.body) is (status == "won")
    assert ("is taken again" in said.body) is (status == "lost")
    assert said.link == "/transactions/an-id"


def test_who_was_taken_below_their_limit_reads_how_far_and_what_helps() -> None:
    said = arranged("floor_passed", "an-id", "1500", "Blue Cafe")
    assert said.title == "Your account is 15.00 EUR below its limit"
    assert said.body.startswith(
        "48.20 EUR was due, whatever was there, and has left your checking account ending in 3000"
    )
    assert said.body.endswith("For: “Blue Cafe”")
    assert said.link == "/transactions/an-id"


def test_other_terms_of_a_product_are_told_with_their_day() -> None:
    said = arranged(
        "product_changed", "Saver", "2026-12-01", "interest a year: 1.25 %, before 1.00 %", amount_minor=None
    )
    assert said.title == "The terms of Saver change"
    assert said.body == (
        "From 1 December 2026 other terms apply to your accounts of this product. "
        "Interest a year: 1.25 %, before 1.00 %."
    )
    assert said.link == "/products"


def test_a_direct_debit_is_told_to_each_side_in_its_own_words() -> None:
    asked = arranged("mandate_requested", "Power and Light", "POWER-1", amount_minor=None)
    assert asked.title == "Power and Light asks for a direct debit mandate"
    assert "Nothing is collected unless you confirm it." in asked.body
    announced = arranged("collection_announced", "Power and Light", "2026-12-01", "Electricity")
    assert announced.title == "A direct debit of 48.20 EUR on 1 December 2026"
    for side, way in (("creditor", "from Power and Light for"), ("debtor", "by Power and Light from")):
        returned = arranged("collection_returned", side, "AM04", "Power and Light", "")
        assert f"48.20 EUR {way} your checking account ending in 3000 was not paid: there was too" in returned.body
        assert returned.link == ("/direct-debits/collecting" if side == "creditor" else "/direct-debits")
    for status in ("active", "cancelled", "expired", "completed"):
        changed = arranged("mandate_changed", status, "Ada Lovelace", "POWER-1", amount_minor=None)
        assert "POWER-1" in changed.body
        assert changed.link == ("/direct-debits/collecting" if status == "active" else "/direct-debits")
        creditor = arranged("mandate_changed", status, "Ada Lovelace", "POWER-1", "creditor", amount_minor=None)
        assert creditor == changed
    agreed = arranged("mandate_changed", "active", "Power and Light", "POWER-1", "debtor", amount_minor=None)
    assert agreed.title == "The bank agreed to a direct debit mandate for you"
    assert agreed.body.startswith(
        "Power and Light can collect from your checking account ending in 3000 by the mandate"
    )
    assert agreed.link == "/direct-debits"


def test_who_collected_reads_how_much_was_refunded() -> None:
    facts = {"account_id": "mine", "user_id": new_id(), "happened_at": "2026-12-01T00:00:00.000000Z", "currency": "EUR"}
    said = {**facts, "amount_minor": 3_000, "other_name": "Ada", "due_on": "2026-12-01", "description": ""}
    for more, amount in (({"refunded_minor": 2_000}, "20.00 EUR"), ({}, "30.00 EUR")):
        row = {"id": new_id(), "type": "collection_refunded", "occurred_at": facts["happened_at"]}
        (told,) = rules.of_ledger_event(EventRow.model_validate({**row, "data": {**said, **more}}))
        message = message_of(told, KNOWN)
        assert message.title == f"A direct debit refund of {amount}"
        assert f"Ada had {amount} back" in message.body


@pytest.mark.parametrize(
    ("kind", "how", "title", "part"),
    [
        ("card_issued", "active", "Your new card is ready", "The card ending in 4242 pays from your checking account"),
        ("card_frozen", "owner", "Your card is frozen", "until you unfreeze it"),
        ("card_frozen", "bank", "Your card is frozen", "The bank has frozen the card ending in 4242"),
        ("card_unfrozen", "active", "Your card is unfrozen", NOT_YOU),
        ("card_ended", "stolen", "Your card has ended", "was reported stolen"),
        ("card_ended", "blocked", "Your card has ended", "is blocked"),
        ("card_ended", "replaced", "Your card has ended", "was replaced"),
        ("card_ended", "cancelled", "Your card has ended", "was cancelled. Nothing can be paid with it any more."),
    ],
)
def test_a_card_is_told_of_by_its_last_digits_and_links_to_its_page(kind: str, how: str, title: str, part: str) -> None:
    told = NewNotification("id", "ada", kind, 0, account_id="mine", detail=f"card-id\n4242\n{how}")
    said = message_of(told, KNOWN)
    assert (said.title, part in said.body, said.link) == (title, True, "/cards/card-id"), said


def test_what_a_shop_gives_back_is_no_gift() -> None:
    refund = message_of(movement("money_received", "card_refund", "Blue Cafe", other=None), KNOWN)
    assert refund.title == "1,234.50 EUR came back to you"
    assert refund.body == (
        "A shop gave 1,234.50 EUR back to your checking account ending in 3000. Message: “Blue Cafe”"
    )
    disputed = message_of(movement("money_received", "chargeback", "Not mine", other=None), KNOWN)
    assert "until it is decided" in disputed.body


def test_a_shop_that_loses_a_dispute_reads_what_was_taken_and_why() -> None:
    lost = message_of(movement("payment_reversed", "chargeback", "Disputed card payment SB-1", other=None), KNOWN)
    assert lost.title == "A card payment of 1,234.50 EUR to you was taken back"
    assert lost.body == (
        "It was disputed, and decided against you: 1,234.50 EUR was taken out of your checking account ending in 3000. "
        "Message: “Disputed card payment SB-1”"
    )


@pytest.mark.parametrize(
    ("kind", "facts", "title", "body"),
    [
        (
            "order_placed",
            ("standing_order", "Rent"),
            "A new standing order of 48.20 EUR",
            "It pays 48.20 EUR from your checking account ending in 3000. For: “Rent”",
        ),
        (
            "order_changed",
            ("standing_order", "paused", ""),
            "Your standing order is paused",
            f"Your standing order of 48.20 EUR from your {MINE} pays nothing until you resume it.",
        ),
        (
            "order_changed",
            ("scheduled_payment", "completed", "Rent"),
            "Your scheduled payment was paid",
            f"Your scheduled payment of 48.20 EUR from your {MINE} was paid as you have arranged. For: “Rent”",
        ),
        (
            "card_bill_paid",
            ("2026-12-01",),
            "48.20 EUR of a credit card bill was paid",
            f"48.20 EUR of the bill of 1 December 2026 on your {MINE} was paid from the account linked to it.",
        ),
    ],
)
def test_what_was_arranged_and_paid_is_said_in_plain_words(
    kind: str, facts: tuple[str, ...], title: str, body: str
) -> None:
    said = arranged(kind, *facts)
    assert (said.title, said.body) == (title, body)


@pytest.mark.parametrize(
    ("kind", "type_", "title", "body"),
    [
        (
            "order_paid",
            "standing_order",
            "A standing order paid 1,234.50 EUR",
            "1,234.50 EUR was paid from your checking account ending in 3000 to Grace Hopper, as you have arranged.",
        ),
        (
            "collection_paid",
            "direct_debit",
            "A direct debit of 1,234.50 EUR was paid",
            "1,234.50 EUR was collected from your checking account ending in 3000 by Grace Hopper.",
        ),
    ],
)
def test_what_left_by_itself_says_to_whom(kind: str, type_: str, title: str, body: str) -> None:
    said = message_of(movement(kind, type_), KNOWN)
    assert (said.title, said.body, said.link) == (title, body, "/transactions/entry")

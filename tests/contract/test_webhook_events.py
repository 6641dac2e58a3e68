"""What the services publish as webhooks tell it: every event, every value, against the schema that the API shows."""

import re
import time
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import TypeAdapter

from notification_service.webhooks import rules, signing
from notification_service.webhooks.event_types import SENTENCES, SUBSCRIBABLE, schema_of
from notification_service.webhooks.rules import NewEvent
from notification_service.webhooks.source_events import Entry
from shared.amounts.money import MoneyText
from shared.events.event_feed import Event, EventRow
from shared.http.json_parsing import parse, render
from shared.http.payloads import CurrencyCode, DayText, Id, MonthText, Timestamp
from tests.architecture.sources import ROOT
from tests.contract.test_event_feeds import EVERY_KIND, every, published
from tests.inboxes import entry, id_of, leg
from transaction_service.orders.events import OrderEvent

DOCUMENT = (ROOT / "docs" / "webhooks.md").read_text()
_FACTS = {name for _, model in EVERY_KIND for name in model.model_fields}
MONEY = {"balance_after", *(name.removesuffix("_minor") for name in _FACTS if name.endswith("_minor"))}
PLAIN = {
    *("account_number", "address", "category", "changes", "description", "email", "full_name", "masked_number"),
    *("merchant_name", "name", "new_email", "nickname", "old_email", "other_name", "product", "reason", "reference"),
    *("return_code", "side", "status", "user_agent", "username"),
}
"""What people called something, and words that are another service's to list."""
_OF_FEED = {
    "statements": rules.OF_STATEMENTS,
    "users": rules.OF_USERS,
    "accounts": rules.OF_ACCOUNTS,
    "holds": rules.OF_LEDGER,
}


def events_of(feed: str, row: dict[str, Any]) -> list[NewEvent]:
    read = EventRow.model_validate(row)
    if feed == "holds":
        return list(rules.of_ledger_row(read))
    if feed == "statements":
        return list(rules.of_statement_row(read))
    return list(rules.of_directory_row(read, _OF_FEED[feed], 0))


def check_message(event: NewEvent) -> dict[str, Any]:
    """The message, which is as its schema says."""
    message: dict[str, Any] = parse(event.body.encode())
    jsonschema_rs.validator_for(schema_of(event.type), validate_formats=True).validate(message)
    assert (message["id"], message["type"]) == (event.id, event.type)
    return message


def of_kinds(model: type[Event]) -> list[Event]:
    if not issubclass(model, OrderEvent):
        return list(every(model))
    kinds = ("standing_order", "scheduled_payment")
    return [one.model_copy(update={"kind": kind}) for one in every(model) for kind in kinds]


@pytest.mark.parametrize(("feed", "model"), EVERY_KIND)
def test_every_event_that_is_published_is_told_as_its_schema_says(
    tmp_path: Path, feed: str, model: type[Event]
) -> None:
    told = [(event, events_of(feed, row)) for event, row in _rows(tmp_path, feed, of_kinds(model))]
    is_told = model.type in _OF_FEED[feed]
    for event, found in told:
        assert len(found) == int(is_told)
        for one in found:
            message = check_message(one)
            facts = event.model_dump()
            assert message["data"].get("user_id", "") == one.user_id == facts.get("user_id", "")
            assert one.order_key == (facts.get("account_id", one.user_id) if one.user_id else "clock")


def _rows(folder: Path, feed: str, events: list[Event]) -> list[tuple[Event, dict[str, Any]]]:
    rows = published(folder, feed, events)
    return list(zip(events, rows, strict=True))


@pytest.mark.parametrize(
    ("movement", "reverses", "of_payer", "of_payee"),
    [
        ("transfer", None, ["transaction.completed"], ["transaction.completed"]),
        ("reversal", id_of("an entry"), ["transaction.reversed"], ["transaction.reversed"]),
        ("standing_order", None, ["transaction.completed", "standing_order.executed"], ["transaction.completed"]),
        ("direct_debit", None, *[["transaction.completed", "direct_debit.collected"]] * 2),
        ("interest", None, *[["transaction.completed", "interest.posted"]] * 2),
        ("interest_charge", None, *[["transaction.completed", "interest.posted"]] * 2),
    ],
)
def test_an_entry_is_told_to_each_side_without_the_others_balance(
    movement: str, reverses: str | None, of_payer: list[str], of_payee: list[str]
) -> None:
    ada, bob, a, b = map(id_of, ("ada", "bob", "a", "b"))
    row = entry(1, leg(ada, -500, a), leg(bob, 500, b), movement=movement, reverses=reverses)
    row["postings"][0]["balance_after_minor"], row["postings"][1]["balance_after_minor"] = 1, -2
    told = [(one, check_message(one)["data"]) for one in rules.of_entry(Entry.model_validate(row))]
    assert [one.type for one, _ in told if one.user_id == ada] == of_payer
    assert [one.type for one, _ in told if one.user_id == bob] == of_payee
    assert {(one.order_key, data["account_id"], data["balance_after"]) for one, data in told} == {
        (a, a, "0.01"),
        (b, b, "-0.02"),
    }
    assert len({one.id for one, _ in told}) == len(told)


def test_no_type_of_event_is_promised_that_nothing_gives_rise_to() -> None:
    of_orders = {
        f"{kind}.{what}"
        for kind in ("standing_order", "scheduled_payment")
        for what in ("created", "changed", "failed")
    }
    of_entries = {"transaction.completed", "transaction.reversed", "standing_order.executed", "interest.posted"}
    of_feeds = {name for names in _OF_FEED.values() for name in names.values() if "{" not in name}
    assert {*of_orders, *of_entries, "direct_debit.collected", *of_feeds} == SUBSCRIBABLE


def test_every_word_of_an_event_is_as_the_api_writes_its_kind() -> None:
    plain = set()
    for name in SENTENCES:
        schema = schema_of(name)
        data = schema["properties"]["data"]["properties"]
        for fact, found in {**data, **schema["properties"]}.items():
            text = text_of(found)
            if (kind := kind_of(fact)) is not None:
                assert text is not None, f"{name}: {fact}"
                assert {key: text.get(key) for key in kind} == kind, f"{name}: {fact}"
            elif text is not None and not text.keys() & {"pattern", "format"}:
                plain.add(fact)
    assert plain == PLAIN


def kind_of(fact: str) -> dict[str, Any] | None:
    """How the API writes this fact: format and pattern; None where it may say anything."""
    if fact in ("id", "reverses") or fact.endswith("_id"):
        kind: Any = Id
    elif fact in MONEY:
        kind = MoneyText
    elif fact == "timestamp" or fact.endswith(("_at", "_time", "_until")):
        kind = Timestamp
    elif fact.endswith("_on"):
        kind = DayText
    else:
        kind = {"currency": CurrencyCode, "month": MonthText}.get(fact)
    schema = {} if kind is None else TypeAdapter(kind).json_schema()
    return {key: schema[key] for key in ("type", "format", "pattern") if key in schema} or None


def text_of(schema: dict[str, Any]) -> dict[str, Any] | None:
    """The part of a fact's schema that is for a text of no closed set; None for what is none."""
    (found, *_) = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    is_open = found.get("type") == "string" and "enum" not in found
    return found if is_open else None


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_the_schema_of_an_event_has_a_message_as_its_example(name: str) -> None:
    schema = schema_of(name)
    (example,) = schema["examples"]
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(example)
    assert example["type"] == name
    assert example["data"].keys() == schema["properties"]["data"]["properties"].keys()
    assert '"text"' not in render(example), "each text has an example of its own"


def test_the_document_lists_the_types_of_event() -> None:
    listed = dict(re.findall(r"^\| `([a-z_.]+)` \| (.+) \|$", DOCUMENT, re.MULTILINE))
    assert listed == SENTENCES


def test_the_documents_own_code_tells_what_the_bank_sent_from_what_it_did_not() -> None:
    (code,) = re.findall(r"```python\n(.+?)```", DOCUMENT, re.DOTALL)
    given: dict[str, Any] = {}
    exec(code, given)  # noqa: S102 (what readers are told to run)
    old, new, body, now = signing.new_secret(), signing.new_secret(), b'{"a": 1}', int(time.time())

    def headers(at: int) -> dict[str, str]:
        signature = signing.signature_header([new, old], message_id="m", timestamp=at, body=body)
        return {"webhook-id": "m", "webhook-timestamp": str(at), "webhook-signature": signature}

    for secret in (old, new):
        assert given["verify"](secret, headers(now), body) is None
    for wrong in (
        (signing.new_secret(), headers(now), body),
        (new, headers(now), b'{"a": 2}'),
        (new, headers(now - 400), body),
        (new, {**headers(now), "webhook-id": "another"}, body),
        (new, {**headers(now), "webhook-signature": "v1,AAAA"}, body),
    ):
        with pytest.raises(ValueError, match=r"too old|not signed"):
            given["verify"](*wrong)

"""Each table that keeps something of people is given to them with their own data, and forgets who was erased.

What is kept for another reason stands below with that reason. So a new table turns this red until its builder has said
what becomes of it (docs/own-data.md): a section in the service's `personal_data.py`, and a line in its `erasing.py`.
"""

from importlib import import_module

import pytest

from tests.architecture.sources import ROOT

SERVICES = (
    "auth_service", "account_service", "transaction_service", "reporting_service", "notification_service",
    "simulator_service",
)  # fmt: skip
OF_PEOPLE = frozenset(
    {
        "user_id", "owner_id", "actor_id", "caller_id", "holder_name", "full_name", "username", "email", "nickname",
        "description", "name", "reason", "reference", "address", "user_agent",
    }
)  # fmt: skip
"""Columns that name a person, or hold what one typed."""
_FEED = "a feed: told again from what is exported; rows of who is erased are rewritten or deleted"
_DERIVED = "derived from feeds, which have no name when their sources have none"
_NO_PERSON = "names no person"
_ERASED = "there once somebody is erased"
_AGES = "kept for some days, of guesses or of what was asked; goes with age"
NOT_EXPORTED = {
    "auth_service.audit_records": "gathered in the audit trail, which is exported",
    "auth_service.erasures": "there once somebody is being erased",
    "auth_service.events": "exported as the history of the log-in",
    "auth_service.failed_guesses": _AGES,
    "auth_service.password_resets": "digests of tokens, which nobody is given",
    "auth_service.refresh_tokens": "digests of tokens, which nobody is given",
    "auth_service.revocations": "ids of sessions, for a day",
    "account_service.card_cancellations": _AGES,
    "account_service.card_keys": _AGES,
    "account_service.erased_people": _ERASED,
    "account_service.interest_rates": _NO_PERSON,
    "account_service.opening_keys": _AGES,
    "account_service.products": _NO_PERSON,
    "account_service.rate_sources": _NO_PERSON,
    "notification_service.accounts": _DERIVED,
    "notification_service.addressees": _DERIVED,
    "reporting_service.accounts": _DERIVED,
    "reporting_service.balances": _DERIVED,
    "reporting_service.erased_people": _ERASED,
    "reporting_service.users": _DERIVED,
    "simulator_service.erased_people": _ERASED,
    "transaction_service.erased_people": _ERASED,
    "simulator_service.injection_keys": _NO_PERSON,
    "simulator_service.holdings": "which card or order a part in a world is; the bank's own ids are exported",
    "transaction_service.entries": "exported as movements, by reporting",
    "transaction_service.idempotency_keys": _AGES,
    "reporting_service.entries": "exported as movements",
}
EXPORTED_UNDER_ANOTHER_NAME = {
    "auth_service.users": "profile",
    "reporting_service.custom_report_runs": "custom-report-results",
    "auth_service.known_devices": "known-devices",
    "account_service.accounts": "accounts",
    "transaction_service.accounts": "accounts-in-the-ledger",
    "transaction_service.initiators": "acting",
    "transaction_service.collections": "collections",
    "transaction_service.payment_orders": "orders",
    "notification_service.webhook_endpoints": "webhooks",
    "notification_service.webhook_events": "webhook-events",
    "simulator_service.parties": "worlds",
}
KEPT_WHEN_ERASED = {
    "auth_service.audit_records": "sealed, and names ids",
    "auth_service.revocations": "ids, for a day",
    "simulator_service.holdings": "names of parts in a world's plan, not of people",
    "transaction_service.entries": "the books: the purpose of a payment is sealed in the chain",
    "transaction_service.idempotency_keys": _AGES,
    "reporting_service.audit_trail": "sealed, and names ids",
    "reporting_service.entries": "the books",
}


import_module("account_service.rates.models")  # which declares more on the same metadata


def tables() -> dict[str, set[str]]:
    """Columns that say something of people, by `service.table`."""
    found = {}
    for service in SERVICES:
        for table in import_module(f"{service}.models").db.metadata.sorted_tables:
            columns = {column.name for column in table.columns} & OF_PEOPLE
            if columns:
                found[f"{service}.{table.name}"] = columns
    return found


def sections(service: str) -> set[str]:
    """What a service gives to an export, by name."""
    module = "reporting_service.own_data.tables" if service == "reporting_service" else f"{service}.personal_data"
    found = import_module(module)
    return {one.name for one in getattr(found, "SECTIONS", ()) or found.OWN}


def test_what_is_kept_of_people_is_given_to_them() -> None:
    missing = []
    for name in tables():
        service, _, table = name.partition(".")
        section = EXPORTED_UNDER_ANOTHER_NAME.get(name, table.replace("_", "-"))
        if section not in sections(service) and name not in NOT_EXPORTED:
            missing.append(name)
    assert missing == [], "add a section to personal_data.py, or say here why not"


def test_what_is_kept_of_people_is_forgotten_with_them() -> None:
    sources = {
        service: "".join(path.read_text() for path in (ROOT / service).rglob("*eras*/*.py"))
        + "".join(path.read_text() for path in (ROOT / service).rglob("erasing.py"))
        for service in SERVICES
    }
    missing = [
        name
        for name in tables()
        if name not in KEPT_WHEN_ERASED
        and NOT_EXPORTED.get(name) not in {_DERIVED, _NO_PERSON}
        and not is_named(sources[name.partition(".")[0]], name)
    ]
    assert missing == [], "forget it in erasing.py, or say here why it stays"


def is_named(source: str, name: str) -> bool:
    """Whether the code that erases names this table, or the model over it."""
    service, _, table = name.partition(".")
    models = import_module(f"{service}.models")
    names = [key for key, value in vars(models).items() if getattr(value, "__tablename__", None) == table]
    names += [table] if hasattr(models, table) else []
    return any(one in source for one in names)


@pytest.mark.parametrize("listed", [NOT_EXPORTED, EXPORTED_UNDER_ANOTHER_NAME, KEPT_WHEN_ERASED])
def test_no_table_is_listed_that_there_is_not(listed: dict[str, str]) -> None:
    known = {
        f"{service}.{table.name}"
        for service in SERVICES
        for table in import_module(f"{service}.models").db.metadata.sorted_tables
    }
    assert set(listed) <= known

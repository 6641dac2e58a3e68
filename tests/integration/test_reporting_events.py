"""Events of users and accounts: whatever value of each set they tell, reports and the proof go on."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError

from reporting_service.models import accounts, users
from reporting_service.projections import directory_projection
from reporting_service.reports.system_report import system_report
from shared.enums import AccountEventType, AccountStatus, AccountType, Role, UserEventType, UserStatus
from shared.events.feeds import FeedReader, Row
from shared.identifiers import new_id
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.time import clock
from tests import databases

pytestmark = pytest.mark.every_database

NOW = clock.to_wire(clock.now_us())


@pytest.fixture
def database(tmp_path: Any) -> Iterator[Database]:
    opened = Database.at(databases.url_of(tmp_path / "reporting.db"))
    migrate(opened, "reporting_service")
    yield opened
    opened.close()


def event(position: int, kind: str, **data: Any) -> Row:
    return {"position": position, "id": new_id(), "type": kind, "occurred_at": NOW, "data": data}


def user(position: int, kind: str = "user_registered", **facts: Any) -> Row:
    told = {
        "user_id": new_id(), "username": f"u{position}", "full_name": "Ada Lovelace", "email": "ada@example.org",
        "role": "customer", "status": "active", "synthetic": False, "anything_else": 1, **facts,
    }  # fmt: skip
    return event(position, kind, **told)


def account(position: int, kind: str = "account_updated", **facts: Any) -> Row:
    told = {
        "account_id": new_id(), "user_id": new_id(), "holder_name": "Ada Lovelace", "account_number": "DE89",
        "account_type": "checking", "currency": "EUR", "nickname": None, "status": "open", "synthetic": False,
        "created_at": NOW, "closed_at": None, **facts,
    }  # fmt: skip
    return event(position, kind, **told)


def take_in(database: Database, feed: str, *rows: Row) -> FeedReader:
    reader = directory_projection.reader(database, feed)
    reader.take_in(reader.position(), list(rows), rows[-1]["position"])
    return reader


def kept(database: Database, table: Any) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(table.select()).all())


def test_every_role_and_status_of_users_is_counted(database: Database) -> None:
    kinds = list(product(Role, UserStatus))
    rows = [user(number, role=role, status=status) for number, (role, status) in enumerate(kinds, start=1)]
    take_in(database, "users", *rows)
    with database.read() as connection:
        figures = system_report(connection)["users"]
    assert figures["total"] == len(kinds)
    assert figures["by_role"] == dict.fromkeys(sorted(Role), len(UserStatus))
    assert figures["by_status"] == dict.fromkeys(sorted(UserStatus), len(Role))


def test_every_type_and_status_of_accounts_is_counted_as_one_that_is_settled(database: Database) -> None:
    kinds = list(product(AccountType, AccountStatus))
    rows = [account(number, account_type=kind, status=status) for number, (kind, status) in enumerate(kinds, start=1)]
    take_in(database, "accounts", *rows)
    with database.read() as connection:
        figures = system_report(connection)["accounts"]
    assert {row["account_type"] for row in figures} == set(AccountType)
    for row in figures:
        assert (row["accounts"], row["open"], row["frozen"], row["closed"]) == (4, 2, 1, 1)


@pytest.mark.parametrize("kind", sorted(set(AccountEventType) - {AccountEventType.BANK_RESET}))
def test_every_event_of_an_account_is_taken_in(database: Database, kind: str) -> None:
    take_in(database, "accounts", account(1, kind))
    assert len(kept(database, accounts)) == 1


@pytest.mark.parametrize("kind", sorted(UserEventType))
def test_every_event_of_a_user_is_taken_in_or_left_alone(database: Database, kind: str) -> None:
    reader = take_in(database, "users", user(1, kind))
    told = kind in (UserEventType.USER_REGISTERED, UserEventType.USER_UPDATED)
    assert len(kept(database, users)) == told
    assert reader.position().position == 1


@pytest.mark.parametrize("feed", ["users", "accounts"])
def test_an_event_of_a_kind_that_nobody_knows_yet_is_left_alone(database: Database, feed: str) -> None:
    assert take_in(database, feed, event(1, "something_new", what="ever")).position().position == 1


def test_a_rename_while_a_close_is_under_way_does_not_leave_the_account_closing(database: Database) -> None:
    """The close is refused afterwards, and no event would take `closing` back."""
    opened = account(1, "account_opened")
    take_in(database, "accounts", opened)
    renamed = account(2, **{**opened["data"], "status": "closing", "holder_name": "Ada King"})
    take_in(database, "accounts", renamed)
    (row,) = kept(database, accounts)
    assert (row.status, row.holder_name) == ("open", "Ada King")


def test_an_account_that_never_opened_is_none(database: Database) -> None:
    take_in(database, "accounts", account(1, status="opening"), account(2, status="refused"))
    assert kept(database, accounts) == []


def test_a_value_outside_its_set_stops_the_reader_instead_of_being_kept(database: Database) -> None:
    with pytest.raises(ValidationError):
        take_in(database, "accounts", account(1), account(2, status="lost"))
    assert kept(database, accounts) == []
    assert directory_projection.reader(database, "accounts").position().position == 0

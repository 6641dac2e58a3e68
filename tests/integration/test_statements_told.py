"""That a statement is ready is told once for each account and month: in the inbox, by mail and by webhook."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from reporting_service.models import events, feed_heads, statements_told
from reporting_service.projections import journal_projection
from reporting_service.statements import telling
from shared import services
from shared.identifiers import new_id
from shared.time import clock
from shared.time.business_days import month_name, whole_month
from tests.inboxes import open_inbox
from tests.reporting_bank import Customer, ReportingBank, Row, payment, reporting_bank

READY = "statement_ready"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportingBank]:
    """Its clock goes on from test to test, and what had ended before is told already."""
    with reporting_bank(tmp_path_factory.mktemp("bank")) as opened:
        opened.customer("1.00")
        move_clock(opened, bank_day(opened) + timedelta(days=1))
        telling.tell_ended(opened.context)
        yield opened


def bank_day(bank: ReportingBank) -> date:
    return datetime.fromtimestamp(bank.context.clients.bank_time_us() // 10**6, UTC).date()


def move_clock(bank: ReportingBank, day: date) -> None:
    """To noon of a day; then everything is taken in."""
    target = {"advance_to": f"{day}T12:00:00Z", "wait_seconds": 30}
    assert bank.simulate(services.TRANSACTION, "/api/transactions/clock", target)["target_time"] is None
    bank.follow()


def next_month(day: date) -> date:
    return whole_month(day)[1] + timedelta(days=1)


def over(bank: ReportingBank) -> tuple[str, int]:
    """Let the month end; its name, and how many statements were told of."""
    month = bank_day(bank)
    move_clock(bank, next_month(month))
    told = telling.tell_ended(bank.context)
    bank.follow()
    return month_name(month), told


def of(bank: ReportingBank, account: Row) -> list[Any]:
    """What the feed tells of an account, oldest first."""
    headers = bank.bank.headers("service", user_id="notification-service", scope="feed:read")
    rows: list[Any] = []
    while True:
        after = rows[-1]["position"] if rows else 0
        reply = bank.bank.client(services.REPORTING).get(f"/internal/events?after={after}&limit=500", headers=headers)
        if not reply.json["data"]:
            return [row["data"] for row in rows if row["data"]["account_id"] == account["id"]]
        rows += reply.json["data"]


def inbox(bank: ReportingBank, who: Customer) -> list[Any]:
    reply = bank.bank.client(services.NOTIFICATION).get("/api/notifications/list?limit=200", headers=who.headers)
    return [row for row in reply.json["data"] if row["type"] == READY]


def test_each_account_on_which_something_moved_is_told_of_once_and_with_what_its_statement_says(
    bank: ReportingBank,
) -> None:
    ada, shop = bank.customer("100.00", "5.00"), bank.customer("10.00")
    bank.post(payment(ada.accounts[0], shop.accounts[0], "12.34"))
    bank.follow()
    assert telling.tell_ended(bank.context) == 0
    month, told = over(bank)
    assert told >= 3
    assert telling.tell_ended(bank.context) == 0
    (said,) = of(bank, ada.accounts[0])
    listed = bank.report(f"/statements/{ada.accounts[0]['id']}", ada.headers)
    (stated,) = [row for row in listed if row["month"] == month]
    assert stated["is_final"]
    assert (said["first_on"][:7], said["movements"]) == (month, stated["count"])
    assert [f"{said[f'{end}_balance_minor'] / 100:.2f}" for end in ("opening", "closing")] == [
        stated["opening_balance"],
        stated["closing_balance"],
    ]
    messages = {row["link"]: row for row in inbox(bank, ada)}
    message = messages[f"/accounts/{ada.accounts[0]['id']}/statements"]
    assert len(messages) == 2
    assert "2 transactions, and 87.66 EUR at the end of the month" in message["body"]
    over(bank)
    assert len(of(bank, ada.accounts[0])) == 1, "nothing moved on it in the month after"


def test_the_mail_goes_to_who_is_real_or_was_logged_in_as_and_nobody_else(bank: ReportingBank) -> None:
    simulated, visited = bank.customer("7.00"), bank.customer("8.00")
    auth = bank.bank.client(services.AUTH)
    with bank.bank.databases[services.AUTH.package].read() as connection:
        (username,) = connection.exec_driver_sql("SELECT username FROM users WHERE id = ?", (visited.id,)).one()
    log_in = {"username": username, "password": "correct horse battery staple"}
    assert auth.post("/api/auth/login", json=log_in).status_code == 200
    bank.follow()
    over(bank)
    reply = bank.bank.client(services.NOTIFICATION).get(
        "/api/notifications/mailbox?limit=200", headers=bank.bank.headers("admin")
    )
    mails = [row for row in reply.json["data"] if row["subject"].startswith("Your statement for")]
    assert [row["to"] for row in mails] == [f"{username}@example.org"]
    assert len(inbox(bank, simulated)) == 1


def test_a_webhook_hears_of_it_as_its_schema_says(bank: ReportingBank) -> None:
    ada = bank.customer("9.00")
    hooks = bank.bank.client(services.NOTIFICATION)
    made = hooks.post("/api/webhooks", json={"events": ["statement.ready"]}, headers=ada.headers)
    assert made.status_code == 201
    bank.follow()
    month, _ = over(bank)
    (event,) = hooks.get("/api/webhooks/events", headers=ada.headers).json["data"]
    assert event["type"] == "statement.ready"
    assert event["data"] == {
        "account_id": ada.accounts[0]["id"],
        "user_id": ada.id,
        "month": month,
        "opening_balance": "0.00",
        "closing_balance": "9.00",
        "currency": "EUR",
        "movements": 1,
    }


@pytest.mark.parametrize(
    ("closing_minor", "said"), [(-50, "-0.50 EUR at the end"), (0, "0.00 EUR at the end"), (1, "0.01 EUR at the end")]
)
def test_an_account_that_is_overdrawn_or_empty_has_a_statement_too(
    tmp_path: Path, closing_minor: int, said: str
) -> None:
    now = clock.to_wire(clock.now_us())
    facts = {"account_id": new_id(), "user_id": "ada", "first_on": "2026-10-01", "last_on": "2026-10-31"}
    facts |= {"opening_balance_minor": 0, "closing_balance_minor": closing_minor, "currency": "EUR", "movements": 2}
    row = {"position": 1, "id": new_id(), "type": READY, "occurred_at": now, "data": {**facts, "happened_at": now}}
    with open_inbox(tmp_path) as opened:
        opened.take_in("statements", [row])
        (message,) = opened.listed("ada")
    assert said in message["body"]


@pytest.mark.parametrize("at_once", [1, 2])
def test_what_dies_between_two_commits_goes_on_where_it_was(
    bank: ReportingBank, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    people = [bank.customer("1.00") for _ in range(5)]
    bank.follow()
    move_clock(bank, next_month(bank_day(bank)))
    monkeypatch.setattr(telling, "ACCOUNTS_AT_ONCE", at_once)

    class KilledError(BaseException):
        """As a signal that nobody can catch."""

    calls, real = [0], telling._keep

    def dies(*arguments: Any) -> None:
        calls[0] += 1
        if calls[0] % 2:
            raise KilledError
        real(*arguments)

    monkeypatch.setattr(telling, "_keep", dies)
    for _ in range(40):
        try:
            if not telling.tell_ended(bank.context):
                break
        except KilledError:
            pass
    assert [len(of(bank, one.accounts[0])) for one in people] == [1] * 5


def test_a_clock_that_goes_over_a_year_tells_of_the_last_ninety_days(bank: ReportingBank) -> None:
    ada, shop = bank.customer("1000.00"), bank.customer("10.00")
    bank.follow()
    today = bank_day(bank)
    later = date(today.year + 1, today.month, 20)
    move_clock(bank, later)
    days = [f"{(later - timedelta(days=30 * back)).replace(day=5)}T08:00:00Z" for back in range(1, 9)]
    bank.post(*(payment(ada.accounts[0], shop.accounts[0], "1.00", effective_at=day) for day in days))
    bank.follow()
    telling.tell_ended(bank.context)
    told = [row["first_on"] for row in of(bank, ada.accounts[0])]
    assert 2 <= len(told) <= 3
    assert min(told) >= (later - timedelta(days=telling.TOLD_DAYS + 31)).isoformat()
    assert max(told) == whole_month(later.replace(day=1) - timedelta(days=1))[0].isoformat()


def test_what_is_booked_but_not_read_yet_keeps_a_month_waiting(bank: ReportingBank) -> None:
    ada = bank.customer("5.00")
    bank.follow()
    month = bank_day(bank)
    move_clock(bank, next_month(month))
    withdrawal = {"type": "withdrawal", "account_id": ada.accounts[0]["id"], "amount": "1.00"}
    bank.post({**withdrawal, "effective_at": f"{whole_month(month)[1]}T08:00:00Z"})
    assert telling.tell_ended(bank.context) == 0
    bank.follow()
    telling.tell_ended(bank.context)
    (said,) = of(bank, ada.accounts[0])
    assert (said["movements"], said["closing_balance_minor"]) == (2, 400)


def test_a_bank_begins_with_the_month_of_its_first_entry(bank: ReportingBank) -> None:
    with bank.database.write() as connection:
        connection.execute(delete(statements_told))
    with bank.database.read() as connection:
        place = telling._place(connection)
        (first,) = connection.exec_driver_sql("SELECT min(day) FROM volumes").one()
    assert place is not None
    assert telling.number_of_day(place.month) <= first <= telling.number_of_day(whole_month(place.month)[1])


def test_a_feed_that_begins_anew_is_forgotten_by_the_inbox(bank: ReportingBank) -> None:
    ada = bank.customer("5.00")
    bank.follow()
    over(bank)
    assert len(inbox(bank, ada)) == 1
    with bank.database.write() as connection:
        journal_projection.empty(connection)
        assert connection.execute(select(func.count()).select_from(events)).scalar() == 0
        assert connection.execute(select(feed_heads.c.position)).scalars().all() == [0]
    for reader in bank.bank.readers():
        if reader.name.startswith(services.REPORTING.name):
            reader.catch_up()
    assert inbox(bank, ada) == []

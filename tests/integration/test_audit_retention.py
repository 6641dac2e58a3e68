"""The audit trail is shortened from its beginning, when the settings say so, and is as provable as before."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import func, select, text

from reporting_service.audit import retention
from reporting_service.audit.retention import Retention, remove_older
from reporting_service.audit.trail import LEFT_OUT, AuditTrail, BrokenTrailError
from reporting_service.audit.verification import Fault, verify
from reporting_service.models import audit_trail
from shared import audit_retention, services
from shared.audit_enums import AuditAction
from shared.storage.append_only import unguarded
from shared.time import clock
from tests.integration.test_audit_trail import act, ask, records
from tests.reporting_bank import ReportingBank, reporting_bank

pytestmark = pytest.mark.every_database
OLD, YOUNG = 6, 3
DAY_US = 86_400 * clock.MICROSECONDS
YEAR_US = 365 * DAY_US


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path) as found:
        yield found


@pytest.fixture
def between(bank: ReportingBank) -> int:
    """An instant before which old acts were done, and after which young ones."""
    for number in range(OLD):
        act(bank, f"old {number}")
    bank.follow()
    instant = clock.now_us()
    for number in range(YOUNG):
        act(bank, f"young {number}")
    bank.follow()
    return instant


def trail_of(bank: ReportingBank) -> AuditTrail:
    return bank.context.trail


def verdict(bank: ReportingBank) -> dict[str, Any]:
    return dict(ask(bank, "/api/audit/verify")["data"])


def test_what_is_old_enough_goes_and_the_rest_verifies_from_there(bank: ReportingBank, between: int) -> None:
    assert verdict(bank)["first_position"] == 1
    assert remove_older(trail_of(bank), between) == OLD
    assert [row["reason"] for row in records(bank)][1:] == [f"young {n}" for n in reversed(range(YOUNG))]
    shortened = records(bank)[0]
    assert shortened["action"] == AuditAction.TRAIL_SHORTENED
    assert (shortened["after"]["records"], shortened["after"]["up_to"]) == (OLD, OLD)
    found = verdict(bank)
    assert (found["holds"], found["first_position"], found["records"]) == (True, OLD + 1, YOUNG + 1)
    with trail_of(bank).database.read() as connection:
        kept = connection.execute(select(func.min(audit_trail.c.occurred_at))).scalar_one()
    assert clock.from_wire(found["removed_before"]) <= min(between, kept)
    act(bank, "afterwards")
    bank.follow()
    assert verdict(bank)["records"] == YOUNG + 2
    assert remove_older(trail_of(bank), between) == 0
    proof = bank.report("/proof")
    assert next(one for one in proof["checks"] if one["check"] == "audit trail is whole")["holds"]


def test_it_is_done_again_and_again_and_part_by_part(
    bank: ReportingBank, between: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    monkeypatch.setattr(retention, "_DAY_US", 1)
    Retention(trail_of(bank), 7, now=lambda: between + 7).keep()
    assert verdict(bank)["first_position"] == OLD + 1
    Retention(trail_of(bank), 0, now=lambda: between + 7).keep()
    assert verdict(bank)["first_position"] == OLD + 1


def test_the_record_of_the_anchor_is_never_removed(bank: ReportingBank, between: int) -> None:
    assert remove_older(trail_of(bank), clock.now_us() + 1) == OLD + YOUNG - 1
    found = verdict(bank)
    assert (found["holds"], found["records"]) == (True, 2)


@pytest.mark.parametrize(
    ("statement", "fault", "position"),
    [
        ("UPDATE audit_beginning SET position = 7", Fault.BEGINNING_FORGED, None),
        ("UPDATE audit_beginning SET removed_before = 9", Fault.BEGINNING_FORGED, None),
        ("DELETE FROM audit_beginning", Fault.MISSING, 1),
        ("DELETE FROM audit_trail WHERE position = 7", Fault.MISSING, 7),
    ],
)
def test_nobody_without_the_key_can_remove_more(
    bank: ReportingBank, between: int, statement: str, fault: Fault, position: int | None
) -> None:
    trail = trail_of(bank)
    remove_older(trail, between)
    with trail.database.write() as connection, unguarded(connection, ["audit_trail"]):
        connection.execute(text(statement))
    found = verify(trail)
    assert (found.fault, found.position) == (fault, position)
    if fault is Fault.BEGINNING_FORGED:
        act(bank, "done meanwhile")
        with pytest.raises(BrokenTrailError):
            bank.follow()


def test_an_altered_record_is_not_removed_with_the_old_ones(bank: ReportingBank, between: int) -> None:
    trail = trail_of(bank)
    with trail.database.write() as connection, unguarded(connection, ["audit_trail"]):
        connection.execute(text("UPDATE audit_trail SET reason = 'nothing' WHERE position = 3"))
    with pytest.raises(BrokenTrailError):
        remove_older(trail, between)
    assert (verify(trail).fault, verify(trail).position) == (Fault.ALTERED, 3)


def test_a_feed_that_begins_anew_brings_nothing_back(bank: ReportingBank, between: int) -> None:
    trail = trail_of(bank)
    remove_older(trail, between)
    bank.context.audit_consumers[services.ACCOUNT.name].reader.begin_anew()
    bank.follow()
    with trail.database.read() as connection:
        reasons = set(connection.execute(select(audit_trail.c.reason)).scalars())
    assert reasons == {None, *(f"young {number}" for number in range(YOUNG))}


def test_a_service_forgets_its_own_records_later_and_its_feed_goes_on(bank: ReportingBank, between: int) -> None:
    database, log = bank.bank.apps[services.ACCOUNT.package].extensions["audit"]
    bank.follow()  # it asks for what follows its last but one
    assert audit_retention.remove_older(database, log, between) == OLD
    assert audit_retention.remove_older(database, log, between) == 0
    act(bank, "afterwards")
    bank.follow()
    assert records(bank)[0]["reason"] == "afterwards"
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(log.table)).scalar_one() == YOUNG + 1
    with pytest.raises(Exception, match="audit_records is append-only"), database.write() as connection:
        connection.execute(text("DELETE FROM audit_records"))
    assert verdict(bank)["records"] == OLD + YOUNG + 1


def test_one_wrong_reading_of_the_clock_removes_nothing_that_is_young(bank: ReportingBank, between: int) -> None:
    now, passed = clock.now_us(), [0]
    wrong = Retention(trail_of(bank), 30, now=lambda: now + YEAR_US, elapsed=lambda: passed[0])
    wrong.keep()
    passed[0] += 20 * DAY_US
    wrong.keep()
    assert verdict(bank)["records"] == OLD + YOUNG
    assert verdict(bank)["removed_before"] is None
    act(bank, "after the wrong reading")
    bank.follow()
    assert records(bank)[0]["reason"] == "after the wrong reading"
    passed[0] += 20 * DAY_US
    wrong.keep()
    assert verdict(bank)["records"] == 2, "what has passed by a clock that nobody sets is believed"


def test_what_happens_after_the_trail_was_shortened_is_taken_in_whatever_it_was_shortened_to(
    bank: ReportingBank,
) -> None:
    act(bank, "old")
    bank.follow()
    act(bank, "anchored")
    bank.follow()
    assert remove_older(trail_of(bank), clock.now_us() + YEAR_US) == 1
    act(bank, "new")
    bank.follow()
    assert records(bank)[0]["reason"] == "new"


def test_an_event_that_is_left_out_is_said_and_counted(bank: ReportingBank, between: int) -> None:
    remove_older(trail_of(bank), between)
    counted = LEFT_OUT.labels(services.ACCOUNT.name)
    before = counted._value.get()
    bank.context.audit_consumers[services.ACCOUNT.name].reader.begin_anew()
    with structlog.testing.capture_logs() as said:
        bank.follow()
    assert counted._value.get() - before == OLD
    (told,) = [line for line in said if line["event"] == "audit_events_left_out"]
    assert (told["source"], told["events"], len(told["ids"])) == (services.ACCOUNT.name, OLD, OLD)


def test_a_service_keeps_what_reporting_has_not_taken_in(bank: ReportingBank) -> None:
    database, log = bank.bank.apps[services.ACCOUNT.package].extensions["audit"]
    for number in range(3):
        act(bank, f"taken in {number}")
    bank.follow()
    act(bank, "not yet")
    bank.context.audit_consumers[services.ACCOUNT.name].pull()
    act(bank, "reporting was away")
    assert audit_retention.remove_older(database, log, clock.now_us() + YEAR_US) == 2
    bank.follow()
    assert records(bank)[0]["reason"] == "reporting was away"
    assert verdict(bank)["records"] == 5


def test_the_clock_of_a_service_is_believed_no_more_than_what_it_wrote_down(
    bank: ReportingBank, between: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, log = bank.bank.apps[services.ACCOUNT.package].extensions["audit"]
    real = clock.now_us()
    monkeypatch.setattr("shared.time.clock.time.time_ns", lambda: (real + YEAR_US) * 1_000)
    assert audit_retention.clock_of(database, log).now_us() <= real + DAY_US

"""The audit trail: gathered once, searched by who may, proved against whoever writes its database without the key."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from reporting_service.audit import accept
from reporting_service.audit.chain import FACTS, GENESIS, Keys, seal
from reporting_service.audit.trail import AuditTrail, BrokenTrailError
from reporting_service.audit.verification import Fault
from reporting_service.models import audit_trail
from shared import services
from shared.audit import Acting, Subject, row_of
from shared.audit_enums import AuditAction, AuditSubject
from shared.storage.append_only import unguard
from tests.reporting_bank import ReportingBank, reporting_bank

ACTS = 5


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[ReportingBank]:
    with reporting_bank(tmp_path) as found:
        yield found


@pytest.fixture
def trail(bank: ReportingBank) -> AuditTrail:
    """A trail with some records of an employee's acts."""
    for number in range(ACTS):
        act(bank, f"act {number}")
    bank.follow()
    assert verdict(bank) == (None, None)
    assert len(records(bank)) == ACTS
    return bank.context.trail


def act(bank: ReportingBank, reason: str) -> None:
    """An act of staff, as the account service writes it down."""
    database, log = bank.bank.apps[services.ACCOUNT.package].extensions["audit"]
    by = Acting(user_id="0190a8c0-5f00-7a00-8000-3c1f5e9b7d42", name="eve", role="employee", address="192.0.2.1")
    row = row_of(AuditAction.ACCOUNT_FROZEN, Subject(AuditSubject.ACCOUNT, "an account", "an owner"), by)
    data = {**json.loads(row["data"]), "reason": reason}
    with database.write() as connection:
        log.write_all(connection, [{**row, "data": json.dumps(data)}])


def records(bank: ReportingBank, **query: str) -> list[dict[str, Any]]:
    return ask(bank, "/api/audit", **query)["data"]


def ask(bank: ReportingBank, path: str, *, role: str = "admin", **query: str) -> dict[str, Any]:
    headers = bank.bank.headers(role)
    found = bank.bank.client(services.REPORTING).get(path, headers=headers, query_string=query)
    assert found.status_code == 200, found.text
    return dict(found.get_json())


def verdict(bank: ReportingBank) -> tuple[str | None, int | None]:
    """The first fault, and where."""
    found = ask(bank, "/api/audit/verify")["data"]
    assert found["holds"] is (found["first_fault"] is None)
    fault = found["first_fault"]
    return (None, None) if fault is None else (fault["fault"], fault["position"])


def by_hand(trail: AuditTrail, *statements: str) -> None:
    """What somebody does who can write the database, and takes the guard off for it."""
    with trail.database.write() as connection:
        unguard(connection, "audit_trail")
        for statement in statements:
            connection.execute(text(statement))


EDITED = ["UPDATE audit_trail SET reason = 'nothing at all' WHERE position = 3"]
ANOTHER_ACTOR = ["UPDATE audit_trail SET actor_id = 'mallory' WHERE position = 1"]
REORDERED = [
    "UPDATE audit_trail SET position = 99 WHERE position = 2",
    "UPDATE audit_trail SET position = 2 WHERE position = 4",
    "UPDATE audit_trail SET position = 4 WHERE position = 99",
]
DELETED = ["DELETE FROM audit_trail WHERE position = 2"]
DELETED_AND_CLOSED_UP = [
    *DELETED,
    *(f"UPDATE audit_trail SET position = {n - 1} WHERE position = {n}" for n in (3, 4, 5)),
]
CUT = ["DELETE FROM audit_trail WHERE position > 3"]
EMPTIED = ["DELETE FROM audit_trail"]
OTHERS = ", ".join(column.name for column in audit_trail.c if column.name not in ("position", "id"))
COPIED = f"INSERT INTO audit_trail (position, id, {OTHERS}) SELECT {{}}, 'slipped in', {OTHERS} FROM audit_trail"
INSERTED = [
    *(f"UPDATE audit_trail SET position = {n + 1} WHERE position = {n}" for n in (5, 4)),
    f"{COPIED.format(4)} WHERE position = 3",
]
ADDED = [f"{COPIED.format(6)} WHERE position = 5"]
OTHER_KEY = ["UPDATE audit_trail SET key_id = 'ffffffffffffffff' WHERE position = 4"]


@pytest.mark.parametrize(
    ("statements", "fault", "position"),
    [
        (EDITED, Fault.ALTERED, 3),
        (ANOTHER_ACTOR, Fault.ALTERED, 1),
        (REORDERED, Fault.ALTERED, 2),
        (DELETED, Fault.MISSING, 2),
        (DELETED_AND_CLOSED_UP, Fault.ALTERED, 2),
        (CUT, Fault.CUT, 4),
        (EMPTIED, Fault.CUT, 1),
        (INSERTED, Fault.ALTERED, 4),
        (ADDED, Fault.ALTERED, 6),
        (OTHER_KEY, Fault.KEY_UNKNOWN, 4),
    ],
)
def test_whoever_writes_the_database_without_the_key_is_found_at_the_first_position(
    bank: ReportingBank, trail: AuditTrail, statements: list[str], fault: Fault, position: int
) -> None:
    by_hand(trail, *statements)
    assert verdict(bank) == (fault, position)
    proof = bank.report("/proof")
    (check,) = (one for one in proof["checks"] if one["check"] == "audit trail is whole")
    assert (check["holds"], check["findings"]) == (False, 1)
    assert [one["record"] for one in proof["findings"] if one["check"] == check["check"]] == [str(position)]


@pytest.mark.parametrize("column", [column.name for column in audit_trail.c])
def test_every_fact_of_a_record_is_covered(bank: ReportingBank, trail: AuditTrail, column: str) -> None:
    """A column that no seal covered could be edited by anybody."""
    with trail.database.read() as connection:
        query = select(audit_trail.c[column]).where(audit_trail.c.position == ACTS)
        known = connection.execute(query).scalar()
    other = known + 1 if isinstance(known, int) else f"{known or ''}x"
    with trail.database.write() as connection:
        unguard(connection, "audit_trail")
        here = update(audit_trail).where(audit_trail.c.position == ACTS)
        connection.execute(here.values({column: other}))
    expected = {"key_id": Fault.KEY_UNKNOWN, "position": Fault.MISSING}.get(column, Fault.ALTERED)
    assert verdict(bank) == (expected, ACTS)


def test_the_database_refuses_to_change_the_trail(trail: AuditTrail) -> None:
    for statement in ("UPDATE audit_trail SET reason = 'no'", "DELETE FROM audit_trail"):
        with pytest.raises(Exception, match="audit_trail is append-only"), trail.database.write() as connection:
            connection.execute(text(statement))


@pytest.mark.parametrize("package", ["auth_service", "account_service", "transaction_service", "simulator_service"])
def test_every_service_refuses_to_change_what_it_wrote_down(bank: ReportingBank, package: str) -> None:
    database, log = bank.bank.apps[package].extensions["audit"]
    with database.write() as connection:
        log.write(connection, AuditAction.BANK_RESET, Subject(AuditSubject.BANK), Acting())
    for statement in ("UPDATE audit_records SET data = '{}'", "DELETE FROM audit_records"):
        with pytest.raises(Exception, match="audit_records is append-only"), database.write() as connection:
            connection.execute(text(statement))


def test_a_trail_that_was_cut_stands_still_until_somebody_accepts_it(
    bank: ReportingBank, trail: AuditTrail, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand(trail, *CUT)
    act(bank, "done meanwhile")
    with pytest.raises(BrokenTrailError):
        bank.follow()
    assert verdict(bank) == (Fault.CUT, 4), "nothing was written over what is missing"
    health = bank.bank.client(services.REPORTING).get("/api/health").get_json()
    assert health["checks"]["audit"] != "healthy"
    monkeypatch.setenv("REPORTING_DATABASE_URL", str(trail.database.engine.url))
    assert accept.main() == 0
    bank.follow()
    assert verdict(bank) == (None, None)
    accepted, *_ = reversed([row for row in records(bank) if row["action"] == AuditAction.TRAIL_ACCEPTED])
    assert (accepted["before"], accepted["after"]) == ({"anchored": 5}, {"anchored": 3, "was": "cut"})
    assert records(bank)[0]["reason"] == "done meanwhile"


def test_a_trail_that_was_edited_is_not_accepted(
    bank: ReportingBank, trail: AuditTrail, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand(trail, *EDITED)
    monkeypatch.setenv("REPORTING_DATABASE_URL", str(trail.database.engine.url))
    assert accept.main() == 1


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, Fault.ANCHOR_MISSING),
        ("{}", Fault.ANCHOR_FORGED),
        ("older", Fault.ANCHOR_FORGED),
        ("unproved", Fault.ANCHOR_FORGED),
        ('{"position": Infinity}', Fault.ANCHOR_FORGED),
    ],
)
def test_an_anchor_that_is_gone_or_not_ours_is_found(
    bank: ReportingBank, trail: AuditTrail, content: str | None, fault: Fault
) -> None:
    file = trail.anchor.file
    if content is None:
        file.unlink()
    elif content == "older":
        said = json.loads(file.read_text())
        with trail.database.read() as connection:
            third = connection.execute(text("SELECT seal FROM audit_trail WHERE position = 3")).scalar()
        file.write_text(json.dumps({**said, "position": 3, "seal": third}))
    elif content == "unproved":
        said = json.loads(file.read_text())
        del said["proof"]
        file.write_text(json.dumps(said))
    else:
        file.write_text(content)
    assert verdict(bank) == (fault, None)


def test_what_was_added_beyond_the_anchor_by_hand_is_never_anchored(bank: ReportingBank, trail: AuditTrail) -> None:
    by_hand(trail, *ADDED)
    act(bank, "later")
    with pytest.raises(BrokenTrailError):
        bank.follow()
    anchored = trail.anchor.read()
    assert anchored is not None
    assert anchored.position == ACTS


def test_a_crash_between_commit_and_anchor_loses_nothing(
    bank: ReportingBank, trail: AuditTrail, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(trail, "keep_anchor", lambda: None)
        patch.setattr(trail.database, "after_commit", [])
        act(bank, "as the process died")
        bank.follow()
        anchored = trail.anchor.read()
        assert anchored is not None
        assert anchored.position == ACTS, "the anchor was not moved"
    assert verdict(bank) == (None, None)
    act(bank, "after that")
    bank.follow()
    anchored = trail.anchor.read()
    assert anchored is not None
    assert anchored.position == ACTS + 2
    assert verdict(bank) == (None, None)


def test_an_older_key_still_verifies_and_a_lost_one_is_named(bank: ReportingBank, trail: AuditTrail) -> None:
    first = trail.keys
    trail.keys = trail.anchor._keys = Keys("a new key", [first.current.decode()])
    act(bank, "under the new key")
    bank.follow()
    assert verdict(bank) == (None, None)
    trail.keys = trail.anchor._keys = Keys("a new key")
    assert verdict(bank) == (Fault.KEY_UNKNOWN, 1)


def test_a_feed_that_begins_anew_is_noted_and_nothing_is_gathered_twice(bank: ReportingBank, trail: AuditTrail) -> None:
    consumer = bank.context.audit_consumers[services.ACCOUNT.name]
    consumer.reader.begin_anew()
    bank.follow()
    found = [row["action"] for row in records(bank)]
    assert found.count(AuditAction.ACCOUNT_FROZEN) == ACTS
    assert found.count(AuditAction.FEED_BEGAN_ANEW) == 1
    assert verdict(bank) == (None, None)


def test_the_seal_of_a_record_is_what_it_always_was() -> None:
    """Pinned: whoever changes what is covered, or how, makes every trail there is look forged."""
    said = {"id": "one", "action": "account_frozen", "occurred_at": 7}
    facts = {**dict.fromkeys(FACTS), **said}
    assert seal(b"a key", GENESIS, 1, facts) == "6b1a3e77d23b1b927cf1bd64ca95575241eef10bc995fba96c053c86bcea56bb"


def test_employees_see_what_they_did_and_customers_nothing(bank: ReportingBank, trail: AuditTrail) -> None:
    client = bank.bank.client(services.REPORTING)
    eve = bank.bank.headers("employee", user_id="0190a8c0-5f00-7a00-8000-3c1f5e9b7d42")
    other = bank.bank.headers("employee")
    assert len(client.get("/api/audit", headers=eve).get_json()["data"]) == ACTS
    assert client.get("/api/audit", headers=other).get_json()["data"] == []
    assert client.get("/api/audit", headers=bank.bank.headers()).status_code == 403
    one = records(bank)[0]["id"]
    assert client.get(f"/api/audit/details/{one}", headers=eve).status_code == 200
    assert client.get(f"/api/audit/details/{one}", headers=other).status_code == 404
    for path in ("/api/audit/verify", "/api/audit/export"):
        assert client.get(path, headers=eve).status_code == 403


def test_the_trail_is_searched_by_person_thing_action_and_day(bank: ReportingBank, trail: AuditTrail) -> None:
    assert len(records(bank, actor="0190a8c0-5f00-7a00-8000-3c1f5e9b7d42")) == ACTS
    assert records(bank, actor="nobody") == []
    assert len(records(bank, subject="an owner")) == len(records(bank, subject="an account")) == ACTS
    assert len(records(bank, action="account_frozen")) == ACTS
    assert records(bank, action="account_closed") == []
    assert records(bank, to="2020-01-01") == []
    assert len(records(bank, **{"from": "2020-01-01"})) == ACTS
    first = ask(bank, "/api/audit", limit="2")
    second = ask(bank, "/api/audit", limit="2", cursor=first["next_cursor"])
    positions = [row["position"] for row in (*first["data"], *second["data"])]
    assert positions == [5, 4, 3, 2]


def test_the_whole_trail_is_exported_and_cells_do_nothing_in_a_spreadsheet(
    bank: ReportingBank, trail: AuditTrail
) -> None:
    act(bank, "=HYPERLINK(1)")
    bank.follow()
    client, headers = bank.bank.client(services.REPORTING), bank.bank.headers("admin")
    rows = list(csv.DictReader(io.StringIO(client.get("/api/audit/export", headers=headers).text)))
    assert [row["position"] for row in rows] == [str(number) for number in range(1, ACTS + 2)]
    assert rows[-1]["reason"] == "'=HYPERLINK(1)"
    lines = client.get("/api/audit/export?format=jsonl", headers=headers).text.splitlines()
    assert [json.loads(line)["position"] for line in lines] == list(range(1, ACTS + 2))

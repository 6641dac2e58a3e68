"""What the dashboard reads of the bank at one moment, and how it says it."""

import pytest

from cli.dashboard.snapshot import Pace, figures, job_line, look, recent_row, totals
from sandbank import NotLoggedInError
from tests.scripted_bank import ScriptedBank, away, ended, job, status, transaction


def test_the_figures_are_those_of_the_whole_bank() -> None:
    snapshot = look(ScriptedBank().client())
    assert figures(snapshot) == [
        ("bank time", "2026-11-20 15:04"),
        ("people", "1,234"),
        ("accounts", "1,017"),
        ("posted", "12,345"),
        ("refused", "321"),
        ("living", "no"),
    ]
    assert totals(snapshot) == [("EUR", "1,234,567.89"), ("USD", "12.00")]
    assert snapshot.problem is None


def test_a_part_that_is_away_leaves_only_its_own_figures_out() -> None:
    bank = ScriptedBank()
    bank.answers["GET /api/reports/system"] = away("The reporting-service is away.")
    snapshot = look(bank.client())
    shown = dict(figures(snapshot))
    assert (shown["people"], shown["posted"], shown["refused"]) == (None, None, "321")
    assert totals(snapshot) == []
    assert len(snapshot.recent or []) == 50
    assert snapshot.problem == "The reporting-service is away."


def test_a_bank_without_a_world_has_figures_too() -> None:
    bank = ScriptedBank()
    bank.answers["GET /api/simulator/status"] = {"data": status(world=None, bank_time=None)}
    shown = dict(figures(look(bank.client())))
    assert (shown["bank time"], shown["people"], shown["refused"]) == (None, "1,234", None)


def test_an_ended_session_ends_the_looking() -> None:
    bank = ScriptedBank()
    bank.answers["GET /api/reports/system"] = ended()
    with pytest.raises(NotLoggedInError):
        look(bank.client())


def test_the_pace_is_that_of_the_last_seconds() -> None:
    pace = Pace()
    assert pace.per_second(0, 1000) == 0
    assert pace.per_second(1, 1500) == 500
    for second in range(2, 20):
        measured = pace.per_second(second, 1500)
    assert measured == 0


def test_the_pace_begins_anew_with_an_emptied_bank() -> None:
    pace = Pace()
    pace.per_second(0, 1000)
    assert pace.per_second(1, 10) == 0
    assert pace.per_second(2, 30) == 20


def test_a_job_is_told_in_one_line() -> None:
    assert job_line(job(bank_time=None)) == "living · 4,200 posted · 12 refused · 812/s"
    assert job_line(job(bank_time="2026-11-20T15:04:05.000000Z")).endswith("812/s · 2026-11-20 15:04")
    assert job_line(job(cancelling=True)).startswith("stopping")
    assert job_line(job(stage="accounts")).startswith("opening accounts")


def test_a_transaction_without_a_description_goes_by_its_type_and_other_side() -> None:
    assert recent_row(transaction()) == ("11-20 15:04", "1,200.34 EUR", "Groceries 0")
    assert recent_row(transaction(description=""))[2] == "card purchase, Corner Shop"
    assert recent_row(transaction(description="", counterparty=None))[2] == "card purchase"

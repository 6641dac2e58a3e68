"""What the daily job says came of it, whatever becomes of its session."""

from types import SimpleNamespace
from typing import Any

import pytest

import run_simulation_job
from sandbank import UnavailableError


def test_a_bank_that_is_away_when_the_job_logs_out_changes_nothing_of_what_came_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def away() -> None:
        message = "The bank is away."
        raise UnavailableError(message, code="SERVICE_UNAVAILABLE")

    done: dict[str, Any] = {
        "id": "j1",
        "status": "succeeded",
        "error": None,
        "posted": 7,
        "refused": 0,
        "bank_time": "",
    }
    bank = SimpleNamespace(log_in=lambda *_: None, log_out=away)
    monkeypatch.setattr(run_simulation_job, "Client", lambda _url: bank)
    monkeypatch.setattr(run_simulation_job, "begin", lambda *_: done)
    monkeypatch.setattr(run_simulation_job, "follow", lambda *_: done)
    monkeypatch.setenv("BANK_ADMIN_USERNAME", "admin")
    monkeypatch.setenv("BANK_ADMIN_PASSWORD", "a quiet place by the sea")
    options = run_simulation_job.parse_arguments(["--url", "http://127.0.0.1:9"])
    assert run_simulation_job.run(options, lambda _: None) == run_simulation_job.DONE
    done["status"] = "cancelled"
    assert run_simulation_job.run(options, lambda _: None) == run_simulation_job.REFUSED
    assert capsys.readouterr().err == "The job was cancelled: j1\n"

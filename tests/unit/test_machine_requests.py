"""How quickly people are served is not told by what machines ask."""

import pytest

from shared.observability import metrics
from shared.observability.machine_requests import is_of_machines
from shared.observability.response_times import ResponseTimes


@pytest.mark.parametrize(
    "path",
    ["/internal/people/x/erasure", "/api/health", "/health", "/metrics", "/static/a.js", "/admin/live/events"],
)
def test_services_monitors_and_files_are_machines(path: str) -> None:
    assert is_of_machines(path)


@pytest.mark.parametrize(
    "path", ["/", "/accounts", "/api/transactions/transfer", "/healthy", "/api/internal", "/statuses"]
)
def test_whatever_else_is_asked_for_is_peoples(path: str) -> None:
    assert not is_of_machines(path)


def test_only_what_people_asked_for_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    times = ResponseTimes()
    monkeypatch.setattr(metrics, "RECENT", times)
    metrics.observe("DELETE", "erase_person", 200, 9.0, path="/internal/people/x/erasure")
    metrics.observe("GET", None, 404, 9.0, path="/nowhere")
    assert times.times() is None
    metrics.observe("POST", "transactions.transfer", 201, 0.01, path="/api/transactions/transfer")
    found = times.times()
    assert found is not None
    assert (found.requests, found.p95_ms < 20) == (1, True)

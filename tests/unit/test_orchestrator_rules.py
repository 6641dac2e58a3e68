"""When a service is started again, when that is an alarm, and how logs stay bounded."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import run_services
from orchestrator import log_rotation
from orchestrator.log_rotation import LogRotation
from orchestrator.restart_policy import (
    ALARM_EXITS,
    LONGEST_DELAY_SECONDS,
    SLOW_DELAY_SECONDS,
    STEADY_AFTER_SECONDS,
    RestartPolicy,
)
from shared.services import (
    ACCOUNT,
    AUTH,
    BACKENDS,
    GATEWAY,
    NOTIFICATION,
    REPORTING,
    SERVICES,
    SIMULATOR,
    TRANSACTION,
    Service,
)
from shared.settings import why_one_process


def test_the_pause_doubles_and_the_fifth_exit_within_a_minute_is_an_alarm() -> None:
    policy = RestartPolicy()
    verdicts = [policy.after_exit(now_seconds=float(second), ran_seconds=1.0) for second in range(ALARM_EXITS)]
    assert [verdict.delay_seconds for verdict in verdicts] == [0.2, 0.4, 0.8, 1.6, SLOW_DELAY_SECONDS]
    assert [verdict.is_alarm for verdict in verdicts] == [False] * (ALARM_EXITS - 1) + [True]


def test_a_crash_loop_is_told_once_and_tried_slowly_from_then_on() -> None:
    policy = RestartPolicy()
    for second in range(ALARM_EXITS):
        policy.after_exit(now_seconds=float(second), ran_seconds=1.0)
    for exit_number in range(1, 5):
        verdict = policy.after_exit(now_seconds=10.0 + 31.0 * exit_number, ran_seconds=1.0)
        assert (verdict.delay_seconds, verdict.is_alarm) == (SLOW_DELAY_SECONDS, False)


def test_running_steadily_is_forgiven() -> None:
    policy = RestartPolicy()
    for second in range(ALARM_EXITS):
        policy.after_exit(now_seconds=float(second), ran_seconds=1.0)
    verdict = policy.after_exit(now_seconds=100.0, ran_seconds=STEADY_AFTER_SECONDS)
    assert (verdict.delay_seconds, verdict.is_alarm) == (0.2, False)


def test_exits_far_apart_are_no_crash_loop_and_no_pause_is_longer_than_the_longest() -> None:
    policy = RestartPolicy()
    verdicts = [policy.after_exit(now_seconds=20.0 * number, ran_seconds=15.0) for number in range(20)]
    assert not any(verdict.is_alarm for verdict in verdicts)
    assert max(verdict.delay_seconds for verdict in verdicts) == LONGEST_DELAY_SECONDS


def test_a_log_that_grew_too_large_is_renamed_and_the_sixth_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_rotation, "LARGEST_BYTES", 10)
    monkeypatch.setattr(log_rotation, "LARGEST_TOTAL_BYTES", 50)
    log, rotation = tmp_path / "auth-service.log", LogRotation(tmp_path, 30)
    for number in range(1, 8):
        log.write_text(f"{number:010}")
        rotation.look()
    kept = {path.name: int(path.read_text()) for path in tmp_path.iterdir()}
    assert kept == {f"auth-service.log.{place}": 8 - place for place in range(1, 6)}


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "auth-service.log").write_text("a line\n")
    LogRotation(tmp_path, 30).look()
    assert [path.name for path in tmp_path.iterdir()] == ["auth-service.log"]


def test_each_day_has_a_log_of_its_own_which_is_removed_when_its_time_is_over(tmp_path: Path) -> None:
    log, rotation = tmp_path / "auth-service.log", LogRotation(tmp_path, 7)
    (tmp_path / "auth-service.log.old").write_text("a person's own")
    noon = datetime(2026, 11, 1, 12, tzinfo=UTC)
    for day in range(12):
        now = noon + timedelta(days=day)
        for hour in range(2):
            rotation.look(now.timestamp() + 3600 * hour)
            with log.open("a") as file:
                file.write(json.dumps({"event": "x", "timestamp": now.isoformat()}) + "\n")
            os.utime(log, (now.timestamp(), now.timestamp()))
    rotation.look((noon + timedelta(days=12)).timestamp())
    kept = {path.name: path.read_text() for path in tmp_path.glob("*.log.*") if path.name != "auth-service.log.old"}
    days = [json.loads(text.splitlines()[0])["timestamp"][:10] for _, text in sorted(kept.items())]
    assert days == [f"2026-11-{number:02}" for number in range(12, 5, -1)]
    assert {len(text.splitlines()) for text in kept.values()} == {2}
    assert (tmp_path / "auth-service.log.old").exists()
    assert not log.exists()


def test_a_log_that_a_service_wrote_before_the_orchestrator_started_is_of_the_day_of_its_first_line(
    tmp_path: Path,
) -> None:
    log = tmp_path / "auth-service.log"
    log.write_text('{"event": "x", "timestamp": "2020-01-01T00:00:00Z"}\n')
    LogRotation(tmp_path, 3_000).look()
    assert [path.name for path in tmp_path.iterdir()] == ["auth-service.log.1"]


def test_workers_are_added_where_several_may_be_on_sqlite_and_on_servers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(service: Service) -> str | None:
        return run_services.environment_for(service, tmp_path, 3).get(f"{service.env_prefix}_WORKERS")

    assert {service for service in SERVICES if told(service) == "3"} == {GATEWAY, AUTH, ACCOUNT}
    for service in BACKENDS:
        monkeypatch.setenv(f"{service.env_prefix}_DATABASE_URL", "postgresql://bank@db.example/one")
    assert {service for service in SERVICES if told(service) is None} == {SIMULATOR}
    monkeypatch.setenv("REPORTING_DATABASE_URL", "sqlite:////elsewhere/reports.db")
    monkeypatch.setenv("AUTH_WORKERS", "5")
    assert {service for service in SERVICES if told(service) is None} == {SIMULATOR, REPORTING}
    assert told(AUTH) == "5", "what is said of one service counts more"


def test_what_becomes_of_workers_is_said_with_the_reason_for_each_that_stays_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run_services.said_of_workers(SERVICES, 1) == []
    said = run_services.said_of_workers(SERVICES, 3)
    assert said[0] == "3 processes each: api-gateway, auth-service, account-service"
    alone = [TRANSACTION, REPORTING, SIMULATOR, NOTIFICATION]
    assert said[1:5] == [why_one_process(service) for service in alone]
    assert ["file has one writer" in sentence for sentence in said[1:5]] == [True, True, False, True]
    assert "REDIS_URL" in said[5]
    monkeypatch.setenv("REDIS_URL", "redis://localhost:6379/0")
    for service in BACKENDS:
        monkeypatch.setenv(f"{service.env_prefix}_DATABASE_URL", "mariadb://bank@db.example/one")
    several = ", ".join(service.name for service in SERVICES if service != SIMULATOR)
    assert run_services.said_of_workers(SERVICES, 2) == [f"2 processes each: {several}", why_one_process(SIMULATOR)]


@pytest.mark.parametrize("workers", ["0", "-1", "many"])
def test_a_number_of_workers_that_is_none_is_refused(workers: str) -> None:
    with pytest.raises(SystemExit):
        run_services.parse_arguments(["--workers", workers])


def test_run_json_is_written_when_it_says_something_new_or_is_gone(tmp_path: Path) -> None:
    bank = run_services.Bank([], tmp_path, run_services.Screen(), workers=1, reload=False)
    file = tmp_path / "run.json"
    bank._write_run_file()
    file.write_text("as nobody would leave it")
    bank._write_run_file()
    assert file.read_text() == "as nobody would leave it", "nothing new, so nothing is made"
    bank._is_ready = True
    bank._write_run_file()
    assert json.loads(file.read_text())["ready"] is True
    file.unlink()
    bank._write_run_file()
    assert file.exists()


def test_run_json_may_be_written_by_two_threads_at_once(tmp_path: Path) -> None:
    """The one that says `ready` and the one that keeps house."""
    bank = run_services.Bank([], tmp_path, run_services.Screen(), workers=1, reload=False)

    def write(times: int) -> None:
        for number in range(times):
            bank._is_ready = number % 2 == 0  # so that there is something new to write
            bank._write_run_file()

    with ThreadPoolExecutor(4) as threads:
        for written in [threads.submit(write, 200) for _ in range(4)]:
            written.result()
    assert json.loads((tmp_path / "run.json").read_text())["services"] == {}

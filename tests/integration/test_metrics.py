"""What `/metrics` of each service says: by names that Prometheus likes, documented, and true."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from shared import services
from shared.observability.response_times import ResponseTimes
from shared.services import NOTIFICATION, REPORTING, SERVICES, TRANSACTION, Service
from tests.apps import Bank, whole_bank
from tests.architecture.sources import ROOT
from tests.needs import program
from tests.security.estate import Estate, found_estate

EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.package)
NAMED = re.compile(r"\b((?:bank|ledger|http)_[a-z0-9_]+)")
OF_ALL_GAUGES = {"seconds", "bytes", "info", "events", "orders", "position", "findings"}
COUNTS = {
    *(
        "bank_service_restarts",
        "bank_service_planned_restarts",
        "bank_check_passing",
        "bank_feed_stuck",
        "bank_proof_passed",
        "bank_outbox_unsent",
    ),
    *("ledger_orders_waiting", "ledger_due_work_stopped"),
}
"""What has no unit but itself."""
DEPLOYED = ROOT / "deploy" / "observability"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with whole_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture(scope="module")
def ada(bank: Bank) -> Estate:
    """Somebody with something of everything, so that there is something to measure."""
    estate = found_estate(bank, "ada")
    bank.settle()
    assert bank.client(REPORTING).get("/api/reports/proof", headers=bank.headers("admin")).status_code == 200
    return estate


def metrics(bank: Bank, service: Service) -> dict[str, Metric]:
    text = bank.client(service).get("/metrics").text
    found = list(text_string_to_metric_families(text))
    names = [family.name for family in found]
    assert len(names) == len(set(names)), "a family is told twice"
    return {family.name: family for family in found}


def value(bank: Bank, service: Service, name: str, **labels: str) -> float:
    """The one figure of this name with these labels."""
    (sample,) = [one for one in metrics(bank, service)[name].samples if labels.items() <= one.labels.items()]
    return float(sample.value)


def own(families: dict[str, Metric]) -> dict[str, Metric]:
    """Without those of the library, of Python and the process."""
    return {name: family for name, family in families.items() if not name.startswith(("python_", "process_"))}


@EVERY_SERVICE
def test_names_have_their_units_and_what_they_mean(bank: Bank, ada: Estate, service: Service) -> None:
    for name, family in own(metrics(bank, service)).items():
        assert family.documentation, name
        if family.type == "counter":
            assert all(sample.name.endswith(("_total", "_created")) for sample in family.samples), name
        elif name not in COUNTS:
            assert name.rpartition("_")[2] in OF_ALL_GAUGES, name
    (info,) = metrics(bank, service)["bank_service_info"].samples
    assert (info.labels["service"], info.value) == (service.name, 1)


@EVERY_SERVICE
def test_promtool_finds_nothing_to_say(bank: Bank, ada: Estate, service: Service) -> None:
    promtool = program("promtool")
    ours = [line for line in bank.client(service).get("/metrics").text.splitlines() if "python_" not in line]
    text = "\n".join(ours) + "\n"
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def exported(bank: Bank) -> set[str]:
    found = {name: family for service in SERVICES for name, family in own(metrics(bank, service)).items()}
    return {f"{name}_total" if family.type == "counter" else name for name, family in found.items()}


def without_ending(name: str) -> str:
    """The histogram that a series is of."""
    return re.sub(r"_(bucket|sum|count)$", "", name)


def test_the_document_has_every_figure_and_no_other(bank: Bank, ada: Estate) -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (\w+) \|", (ROOT / "docs" / "observability.md").read_text(), re.MULTILINE)
    assert {name for name, _ in rows} == exported(bank)


def test_rules_and_dashboards_name_only_what_the_bank_exports(bank: Bank, ada: Estate) -> None:
    rules = yaml.safe_load((DEPLOYED / "alerts.yml").read_text())
    told = {rule["alert"]: rule["expr"] for group in rules["groups"] for rule in group["rules"]}
    boards = [json.loads(path.read_text()) for path in sorted((DEPLOYED / "dashboards").glob("*.json"))]
    told |= {
        f"{board['title']}: {panel['title']}": target["expr"]
        for board in boards
        for panel in board["panels"]
        for target in panel["targets"]
    }
    known = exported(bank)
    unknown = {where: set(map(without_ending, NAMED.findall(expr))) - known for where, expr in told.items()}
    assert len(told) > 25
    assert {where: names for where, names in unknown.items() if names} == {}
    assert len({board["uid"] for board in boards}) == len(boards) > 1


def test_promtool_takes_the_rules() -> None:
    promtool = program("promtool")
    done = subprocess.run(
        [promtool, "check", "rules", str(DEPLOYED / "alerts.yml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_commits_are_counted_with_their_orders(bank: Bank, ada: Estate) -> None:
    def counted() -> tuple[float, float]:
        samples = {sample.name: sample.value for sample in metrics(bank, TRANSACTION)["ledger_commit_orders"].samples}
        return samples["ledger_commit_orders_count"], samples["ledger_commit_orders_sum"]

    commits, orders = counted()
    position = value(bank, TRANSACTION, "ledger_journal_position")
    items = [
        {"type": "deposit", "account_id": ada.ids["account_id"], "amount": "1.00", "idempotency_key": f"metrics-{n}"}
        for n in range(3)
    ]
    reply = ada.call(TRANSACTION, "POST", "/api/transactions/batch", {"items": items})
    assert reply.status_code == 200
    assert counted() == (commits + 1, orders + 3)
    assert value(bank, TRANSACTION, "ledger_journal_position") == position + 3


def test_a_reader_that_has_not_read_says_how_far_it_is_behind(bank: Bank, ada: Estate) -> None:
    bank.settle()
    feed = "transaction-service/internal/journal"
    assert value(bank, REPORTING, "bank_feed_lag_events", feed=feed) == 0
    consumer = next(
        one for one in bank.apps[REPORTING.package].extensions["context"].consumers.values() if one.name == feed
    )
    for number in range(3):
        move = {"account_id": ada.ids["account_id"], "amount": "1.00"}
        assert ada.call(TRANSACTION, "POST", "/api/transactions/deposit", move).status_code == 201, number
    consumer._page_size = 2
    consumer.pull()
    consumer._page_size = 500
    assert value(bank, REPORTING, "bank_feed_lag_events", feed=feed) == 2
    assert value(bank, REPORTING, "bank_feed_behind_seconds", feed=feed) > 0
    said = bank.client(REPORTING).get("/api/health").json
    assert said["lag"]["events"] >= 2
    bank.settle()
    assert value(bank, REPORTING, "bank_feed_behind_seconds", feed=feed) == 0


def test_what_is_not_sent_yet_is_told_with_its_age(bank: Bank, ada: Estate) -> None:
    before = value(bank, NOTIFICATION, "bank_outbox_unsent", channel="webhook")
    hook = {"url": "https://example.org/metrics", "events": ["transaction.completed"]}
    made = ada.call(NOTIFICATION, "POST", "/api/webhooks", hook).json["data"]
    ada.call(NOTIFICATION, "POST", f"/api/webhooks/{made['id']}/ping", {})
    assert value(bank, NOTIFICATION, "bank_outbox_unsent", channel="webhook") == before + 1
    time.sleep(0.05)
    assert value(bank, NOTIFICATION, "bank_outbox_oldest_unsent_seconds", channel="webhook") > 0.04
    assert value(bank, NOTIFICATION, "bank_outbox_overdue_seconds", channel="webhook") > 0.04


def test_the_proof_and_the_checks_are_told(bank: Bank, ada: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    assert value(bank, REPORTING, "bank_proof_findings") >= 0
    assert 0 <= time.time() - value(bank, REPORTING, "bank_proof_finished_time_seconds") < 600
    assert value(bank, TRANSACTION, "bank_check_passing", check="reconciliation") == 1
    reconciliation = bank.apps[TRANSACTION.package].extensions["context"].reconciliation
    monkeypatch.setattr(reconciliation, "_found", ["an account that is off"])
    assert value(bank, TRANSACTION, "bank_check_passing", check="reconciliation") == 0
    assert value(bank, TRANSACTION, "ledger_drift_findings") == 1


def test_what_cannot_be_read_keeps_nothing_else_from_being_told(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> list[Metric]:
        raise OSError

    readings = bank.apps[services.AUTH.package].extensions["readings"]
    monkeypatch.setitem(bank.apps[services.AUTH.package].extensions, "readings", [fail, *readings])
    assert value(bank, services.AUTH, "bank_check_passing", check="database") == 1


def test_response_times_are_of_the_last_minutes() -> None:
    now = [0.0]
    times = ResponseTimes(lambda: now[0])
    assert times.times() is None
    for milliseconds in range(1, 101):
        times.note(milliseconds / 1000)
    found = times.times()
    assert found is not None
    assert found.requests == 100
    assert 50 <= found.p50_ms <= 55.1
    assert 95 <= found.p95_ms <= 104.6
    now[0] = 4 * 60.0
    times.note(1.0)
    assert times.times().requests == 101  # type: ignore[union-attr]
    now[0] = 6 * 60.0
    assert times.times().requests == 1  # type: ignore[union-attr]
    now[0] = 20 * 60.0
    assert times.times() is None


def test_health_says_how_quickly_people_were_answered(bank: Bank, ada: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_RESTARTS", "2")
    ada.call(services.ACCOUNT, "GET", "/api/accounts/list")
    said = json.loads(bank.client(services.GATEWAY).get("/health").text)
    facts = said["facts"]["account-service"]
    assert facts["restarts"] == 2
    assert facts["response_times"]["requests"] > 0
    assert 0 < facts["response_times"]["p50_ms"] <= facts["response_times"]["p95_ms"]
    page = bank.client(services.GATEWAY).get("/status").text
    assert "started again 2 times" in page
    assert Path(ROOT / "static/js/status.js").read_text().count("events behind") == 1

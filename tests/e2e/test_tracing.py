"""Traces of a running bank, as a collector receives them; and that a bank without a collector knows nothing of them."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import urllib3
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from benchmarks.tracing import receiving
from sandbank import Client
from shared.identifiers import new_id
from shared.observability.sampling import sampler
from shared.services import GATEWAY, SERVICES, TRANSACTION
from shared.settings import MissingSettingError
from tests.architecture.sources import ROOT
from tests.bank_processes import BankProcesses, bank_processes, wait_until

PASSWORD = "a quiet place by the sea"
SERVER, CLIENT = 2, 3
PAYMENT = "/api/transactions/transfer"


@dataclass(frozen=True)
class Received:
    """A span; `parent` is empty in the first of a trace."""

    service: str
    trace: str
    id: str
    parent: str
    name: str
    kind: int
    attributes: dict[str, str]
    links: tuple[str, ...]


@dataclass
class Collector:
    """An OTLP receiver."""

    spans: list[Received] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest()
        request.ParseFromString(body)
        for resource in request.resource_spans:
            named = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    facts = {one.key: str(one.value).strip() for one in span.attributes}
                    links = tuple(link.trace_id.hex() for link in span.links)
                    ids = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
                    self.spans.append(Received(named["service.name"], *ids, span.name, span.kind, facts, links))

    def trace(self, trace_id: str) -> list[Received]:
        return [span for span in list(self.spans) if span.trace == trace_id]


@pytest.fixture(scope="module")
def collector() -> Iterator[tuple[Collector, str]]:
    kept = Collector()
    with receiving(kept.take) as address:
        yield kept, address


@dataclass(frozen=True)
class Traced:
    """A bank whose traces are collected, and ada, who pays bob."""

    bank: BankProcesses
    collector: Collector
    token: str
    account_id: str
    number: str
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False, maxsize=16))

    def ask(self, method: str, path: str, payload: object = None, **headers: str) -> urllib3.BaseHTTPResponse:
        sent = {
            "Authorization": f"Bearer {self.token}",
            **{name.replace("_", "-"): text for name, text in headers.items()},
        }
        return self.pool.request(method, self.bank.url(GATEWAY) + path, json=payload, headers=sent, timeout=20)

    def pay(self, amount: str = "1.00", **headers: str) -> urllib3.BaseHTTPResponse:
        order = {"from_account_id": self.account_id, "to_account_number": self.number, "amount": amount}
        return self.ask("POST", PAYMENT, {**order, "description": "Secret lunch"}, **headers)

    def spans_of(self, trace_id: str, *, at_least: int) -> list[Received]:
        """So many at least, that of the gateway among them, which ends last."""

        def has_come() -> bool:
            found = self.collector.trace(trace_id)
            is_whole = any(span.service == GATEWAY.name and span.kind == SERVER for span in found)
            return is_whole and len(found) >= at_least

        wait_until(has_come, 30)
        return self.collector.trace(trace_id)


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory, collector: tuple[Collector, str]) -> Iterator[Traced]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector[1])
        environment.setenv("OTEL_TRACES_SAMPLER_ARG", "1.0")
        environment.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        with bank_processes(tmp_path_factory.mktemp("traced")) as bank:
            people = {name: Client(bank.url(GATEWAY)) for name in ("lovelace", "hopper")}
            for name, client in people.items():
                client.auth.register(name, f"{name}@example.org", PASSWORD)
                client.log_in(name, PASSWORD)
            mine = people["lovelace"].accounts.create("checking", initial_deposit="500.00").data
            other = people["hopper"].accounts.create("checking").data
            token = people["lovelace"].log_in("lovelace", PASSWORD)["access_token"]
            yield Traced(bank, collector[0], token, mine["id"], other["account_number"])


def test_one_transfer_is_one_trace_of_gateway_ledger_and_commit(traced: Traced) -> None:
    reply = traced.pay()
    assert reply.status == 201, reply.data
    trace_id = reply.headers["X-Trace-ID"]
    assert UUID(reply.headers["X-Request-ID"]).hex == trace_id
    spans = traced.spans_of(trace_id, at_least=3)
    by_name = {span.name: span for span in spans}
    front, ledger, commit = (by_name[name] for name in ("POST transaction-service", _posted(spans), "commit"))
    assert (front.service, front.kind, front.parent) == (GATEWAY.name, SERVER, "")
    assert (ledger.service, ledger.kind, ledger.parent) == (TRANSACTION.name, SERVER, front.id)
    assert (commit.service, commit.parent) == (TRANSACTION.name, ledger.id)
    assert "201" in ledger.attributes["http.response.status_code"]


def _posted(spans: list[Received]) -> str:
    """The name of the ledger's route."""
    (name,) = [span.name for span in spans if span.service == TRANSACTION.name and span.kind == SERVER]
    assert name.startswith("POST transactions.")
    return name


def test_those_who_share_a_commit_are_linked(traced: Traced) -> None:
    for _ in range(20):
        with ThreadPoolExecutor(12) as threads:
            ids = list(threads.map(lambda _: traced.pay("0.01").headers["X-Trace-ID"], range(24)))
        for trace_id in ids:
            traced.spans_of(trace_id, at_least=3)
        commits = [span for span in list(traced.collector.spans) if span.name == "commit" and span.trace in ids]
        shared = [span for span in commits if span.links]
        if shared:
            assert set(shared[0].links) <= set(ids)
            assert shared[0].trace not in shared[0].links
            return
    pytest.fail("no two of many requests ever shared a commit")


def test_a_page_and_what_it_asks_are_one_trace(traced: Traced) -> None:
    reply = traced.pool.request("GET", traced.bank.url(GATEWAY) + "/rates", headers={"traceparent": _parent("ab" * 16)})
    assert reply.status == 200
    spans = traced.spans_of("ab" * 16, at_least=3)
    (page,) = [span for span in spans if span.service == GATEWAY.name and span.kind == SERVER]
    assert page.parent == "cd" * 8
    asked = [span for span in spans if span.service == "account-service" and span.kind == SERVER]
    calls = {span.id for span in spans if span.service == GATEWAY.name and span.kind == CLIENT}
    assert asked
    assert {span.parent for span in asked} <= calls


def _parent(trace_id: str, flags: str = "01") -> str:
    return f"00-{trace_id}-{'cd' * 8}-{flags}"


def test_statements_are_spans_by_table_and_say_no_value(traced: Traced) -> None:
    trace_id = traced.ask("GET", "/api/accounts/list").headers["X-Trace-ID"]
    spans = traced.spans_of(trace_id, at_least=3)
    statements = [span for span in spans if "db.operation.name" in span.attributes]
    assert any(span.name == "SELECT accounts" for span in statements), statements


def test_a_clients_ids_are_kept(traced: Traced) -> None:
    own = new_id()
    reply = traced.pay(X_Request_ID=own)
    assert (reply.headers["X-Request-ID"], reply.headers["X-Trace-ID"]) == (own, UUID(own).hex)
    told = traced.pay(traceparent=_parent("12" * 16), X_Request_ID="my-own-1")
    assert (told.headers["X-Request-ID"], told.headers["X-Trace-ID"]) == ("my-own-1", "12" * 16)
    for nonsense in ("00-" + "0" * 32 + "-" + "1" * 16 + "-01", "ff", "00-xyz"):
        assert traced.pay(traceparent=nonsense).headers["X-Trace-ID"] not in nonsense


def test_whether_a_trace_is_sampled_is_the_banks_to_decide_and_not_a_clients(traced: Traced) -> None:
    assert traced.pay(traceparent=_parent("34" * 16, "00")).headers["X-Trace-ID"] == "34" * 16
    spans = traced.spans_of("34" * 16, at_least=3)
    assert {span.service for span in spans} == {GATEWAY.name, TRANSACTION.name}


def test_an_errors_request_id_is_the_traces_and_so_is_what_the_log_says(traced: Traced) -> None:
    reply = traced.pay("999999.00")
    body = json.loads(reply.data)
    assert body["success"] is False
    trace_id = UUID(body["request_id"]).hex
    assert trace_id == reply.headers["X-Trace-ID"]

    def lines() -> dict[str, dict[str, Any]]:
        found = {}
        for log in (traced.bank.data / "logs").glob("*.log"):
            for line in log.read_text().splitlines():
                if trace_id in line and '"event": "request"' in line:
                    found[log.stem] = json.loads(line)
        return found

    wait_until(lambda: lines().keys() >= {GATEWAY.name, TRANSACTION.name}, 20)
    spans = {span.service: span.id for span in traced.spans_of(trace_id, at_least=2) if span.kind == SERVER}
    for service, line in lines().items():
        assert (line["trace_id"], line["span_id"]) == (trace_id, spans[service])


def test_monitors_and_the_banks_own_reading_begin_no_traces(traced: Traced) -> None:
    for service in SERVICES:
        assert "X-Trace-ID" not in traced.pool.request("GET", traced.bank.url(service) + "/metrics").headers
    time.sleep(1)
    names = {span.name for span in traced.collector.spans}
    assert not [name for name in names if "internal.list_journal" in name or "metrics" in name], names


def test_nothing_personal_is_in_any_span(traced: Traced) -> None:
    traced.pay("7.77")
    time.sleep(0.5)
    people = ["lovelace", "hopper"]  # no hexadecimal numbers, which ids are full of
    secrets = [traced.account_id, traced.number, *people, "Secret lunch", "7.77", PASSWORD, traced.token[:20]]
    texts = [f"{span.name} {span.attributes}" for span in list(traced.collector.spans)]
    assert len(texts) > 50
    assert [text for text in texts if any(secret in text for secret in secrets)] == []


def test_a_bank_that_traces_nothing_imports_nothing_of_it(tmp_path: Path) -> None:
    script = """
import os, sys
from importlib import import_module
from shared.services import SERVICES
from shared.observability import tracing
for service in SERVICES:
    app = import_module(f"{service.package}.app").create_app()
    tracing.install(app, service)
print([name for name in sys.modules if name.split(".")[0] in ("opentelemetry", "google")])
sys.stdout.flush()
os._exit(0)
"""
    environment = {"BANK_DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr[-2000:]


@pytest.mark.parametrize("given", ["2", "-0.1", "some", "nan"])
def test_a_part_that_is_none_keeps_the_service_from_starting(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", given)
    with pytest.raises(MissingSettingError, match="OTEL_TRACES_SAMPLER_ARG"):
        sampler()

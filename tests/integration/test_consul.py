"""Servers in a real Consul: announced where they can be reached, found again, and taken out (catalogue 21)."""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from gateway.proxy.upstream import OutgoingRequest, Upstream
from gateway.proxy.upstream_reply import UpstreamBrokeError
from gateway.proxy.upstreams import Upstreams
from shared.network import discovery as discovery_module
from shared.network.discovery import Discovery
from shared.network.http_client import ServiceClient
from shared.refusals import Refused
from shared.services import ACCOUNT, AUTH, TRANSACTION, Service
from tests.bank_processes import wait_until
from tests.consul_dev import ConsulAgent, consul_agent
from tests.free_ports import free_port
from tests.scripted_server import JSON_OK, Conversation, ScriptedServer, answering, scripted
from tests.served_app import served_app

RENEWED_SECONDS = 30


@pytest.fixture
def agent(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConsulAgent]:
    with consul_agent(tmp_path_factory.mktemp("consul")) as running:
        monkeypatch.setenv("CONSUL_HOST", "127.0.0.1")
        monkeypatch.setenv("CONSUL_PORT", str(running.port))
        yield running


def test_a_server_that_listens_everywhere_is_announced_where_it_can_be_reached(
    agent: ConsulAgent, tmp_path: Path
) -> None:
    with served_app(tmp_path, TRANSACTION_HOST="0.0.0.0") as served:  # noqa: S104
        wait_until(lambda: TRANSACTION.name in agent.passing(), 60)
        assert agent.passing()[TRANSACTION.name] == ("127.0.0.1", served.port)
        (registration,) = agent.ask("agent/services")
        assert registration.startswith(TRANSACTION.name)
        assert "0.0.0.0" not in registration  # noqa: S104

        agent.stop()
        time.sleep(1)
        agent.start()
        assert agent.ask("agent/services") == {}
        wait_until(lambda: TRANSACTION.name in agent.passing(), RENEWED_SECONDS)

        served.process.terminate()
        served.process.wait(10)
        assert agent.ask("agent/services") == {}


def test_a_server_begins_and_ends_without_the_agent(tmp_path: Path, agent: ConsulAgent) -> None:
    agent.stop()
    with served_app(tmp_path) as served:
        agent.start()
        wait_until(lambda: TRANSACTION.name in agent.passing(), RENEWED_SECONDS)
        agent.stop()
        began = time.monotonic()
        served.process.terminate()
        served.process.wait(10)
        assert served.process.exit_code == 0
        assert time.monotonic() - began < 5


def test_calls_are_spread_over_the_healthy_instances_and_the_last_known_are_kept(agent: ConsulAgent) -> None:
    agent.register(TRANSACTION.name, "one", "192.0.2.1", 8003)
    agent.register(TRANSACTION.name, "two", "2001:db8::2", 8003)
    discovery = Discovery()
    both = {"http://192.0.2.1:8003", "http://[2001:db8::2]:8003"}
    wait_until(lambda: {discovery.url(TRANSACTION) for _ in range(50)} == both, 60)
    assert discovery.url(ACCOUNT) == ACCOUNT.default_url
    agent.stop()
    time.sleep(3)
    assert {discovery.url(TRANSACTION) for _ in range(50)} == both


def test_a_consul_that_does_not_answer_holds_up_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(conversation: Conversation) -> None:
        conversation.receive()
        conversation.wait_for_client()

    with scripted(silent) as consul:
        monkeypatch.setenv("CONSUL_HOST", "127.0.0.1")
        monkeypatch.setenv("CONSUL_PORT", consul.url.rpartition(":")[2])
        discovery = Discovery()
        time.sleep(0.5)
        began = time.monotonic()
        assert discovery.url(TRANSACTION) == TRANSACTION.default_url
        assert time.monotonic() - began < 0.5, "it waited for Consul, which is silent for seconds"


def test_what_nobody_took_is_asked_of_another_instance_and_what_broke_off_is_not_unless_it_only_reads(
    agent: ConsulAgent,
) -> None:
    def breaks_off(conversation: Conversation) -> None:
        conversation.receive()
        conversation.reset()

    with scripted(answering(JSON_OK)) as good, scripted(breaks_off) as bad:
        agent.register(ACCOUNT.name, "one", "127.0.0.1", port_of(good))
        agent.register(ACCOUNT.name, "two", "127.0.0.1", free_port())
        agent.register(AUTH.name, "three", "127.0.0.1", port_of(good))
        agent.register(AUTH.name, "four", "127.0.0.1", port_of(bad))
        discovery = Discovery()
        both = (ACCOUNT, AUTH)
        wait_until(lambda: all(len({discovery.url(one) for _ in range(50)}) == 2 for one in both), 60)
        for send in (by_client(discovery), by_gateway(discovery)):
            assert [send(ACCOUNT, "POST") for _ in range(8)] == [200] * 8
            forget_who_was_passed_over(discovery)
            assert [send(AUTH, "GET") for _ in range(8)] == [200] * 8
            forget_who_was_passed_over(discovery)
            before = len(good.requests) + len(bad.requests)
            statuses = [send(AUTH, "POST") for _ in range(8)]
            assert len(good.requests) + len(bad.requests) - before == 8, "each was sent once"
            assert set(statuses) <= {200, 503}


def port_of(server: ScriptedServer) -> int:
    return int(server.url.rpartition(":")[2])


def by_client(discovery: Discovery) -> Callable[[Service, str], int]:
    """How services call one another."""

    def send(service: Service, method: str) -> int:
        with closing(ServiceClient(service, discovery)) as client:
            try:
                return client.call(method, "/").status
            except Refused as refused:
                return refused.refusal.status

    return send


def by_gateway(discovery: Discovery) -> Callable[[Service, str], int]:
    """How the gateway calls them."""

    def send(service: Service, method: str) -> int:
        def request_to(upstream: Upstream) -> OutgoingRequest:
            head = f"{method} / HTTP/1.1\r\nHost: {upstream.authority}\r\n\r\n".encode()
            return OutgoingRequest(head, is_repeatable=method == "GET")

        with closing(Upstreams(discovery)) as upstreams:
            try:
                return upstreams.send(service, request_to, 10.0).status
            except UpstreamBrokeError:
                return 503

    return send


def forget_who_was_passed_over(discovery: Discovery) -> None:
    """As the seconds do, after which it is asked again."""
    discovery._passed_over.clear()


def test_an_address_given_by_hand_wins(agent: ConsulAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    agent.register(TRANSACTION.name, "one", "192.0.2.1", 8003)
    monkeypatch.setenv("TRANSACTION_SERVICE_URL", "http://ledger.example:1/")
    discovery = Discovery()
    time.sleep(1)
    assert discovery.url(TRANSACTION) == "http://ledger.example:1"


def test_nothing_is_looked_up_for_whoever_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSUL_HOST", "127.0.0.1")
    monkeypatch.setattr(discovery_module.consul_agent, "healthy_urls", lambda _name: ("http://10.0.0.1:5002",))
    monkeypatch.setattr(discovery_module, "LOOK_UP_SECONDS", 0.01)
    before = _look_ups()
    discovery = Discovery()
    (look_up,) = _look_ups() - before
    wait_until(partial(_is_found_at, discovery, "http://10.0.0.1:5002"), 60)
    assert look_up.is_alive()

    del discovery
    gc.collect()
    look_up.join(5)
    assert not look_up.is_alive()


def _is_found_at(discovery: Discovery, url: str) -> bool:
    return discovery.url(TRANSACTION) == url


def _look_ups() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "consul-look-up"}

"""A call between services where several instances are known and some of them are not there."""

import time

import pytest

from gateway.proxy.upstream import OutgoingRequest, UpstreamAwayError
from gateway.proxy.upstreams import Upstreams
from gateway.proxy.waiting import ServiceHangsError
from shared import services
from shared.network import http_client
from shared.network.discovery import PASSED_OVER_SECONDS, Discovery
from shared.network.http_client import ServiceClient
from shared.refusals import Refused

NOWHERE = tuple(f"http://192.0.2.{number}:81" for number in range(1, 9))
"""Addresses of the block kept for examples: nobody answers there, and no machine says so."""


@pytest.fixture
def discovery(monkeypatch: pytest.MonkeyPatch) -> Discovery:
    monkeypatch.delenv("TRANSACTION_SERVICE_URL", raising=False)
    found = Discovery()
    found._known[services.TRANSACTION.name] = NOWHERE
    return found


def asked_by(client: ServiceClient, monkeypatch: pytest.MonkeyPatch, seconds_a_try: float) -> list[float]:
    """How long each try may last, as the client says; each takes so many seconds and reaches nobody."""
    patience: list[float] = []

    def nobody(_method: str, _url: str, *, timeout: http_client.urllib3.Timeout, **_more: object) -> None:
        patience.append(float(timeout.connect_timeout or 0))
        time.sleep(min(seconds_a_try, patience[-1]))
        raise http_client.urllib3.exceptions.ConnectTimeoutError

    monkeypatch.setattr(client._pool, "request", nobody)
    return patience


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_all_tries_together_take_no_longer_than_the_caller_waits(
    method: str, discovery: Discovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = ServiceClient(services.TRANSACTION, discovery)
    patience = asked_by(client, monkeypatch, 0.15)
    began = time.monotonic()
    with pytest.raises(Refused, match="is away"):
        client.call(method, "/api/health", timeout_seconds=0.4)
    assert time.monotonic() - began < 0.4 + 0.3
    assert 2 <= len(patience) <= 5
    assert patience == sorted(patience, reverse=True)


def test_each_instance_is_tried_once_also_when_it_is_no_longer_passed_over(
    discovery: Discovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.network.discovery.PASSED_OVER_SECONDS", PASSED_OVER_SECONDS / 1000)
    client = ServiceClient(services.TRANSACTION, discovery)
    patience = asked_by(client, monkeypatch, 0.01)
    with pytest.raises(Refused, match="is away"):
        client.call("POST", "/api/health", timeout_seconds=30)
    assert len(patience) <= len(NOWHERE) + 1


def test_an_instance_that_many_wait_for_is_not_taken_for_one_that_is_not_there(
    discovery: Discovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstreams = Upstreams(discovery)
    for url in NOWHERE:
        monkeypatch.setattr(upstreams._at(url)._waiting, "enter", _hangs)
    with pytest.raises(UpstreamAwayError):
        upstreams.send(services.TRANSACTION, lambda _upstream: OutgoingRequest(b""), 1.0)
    assert discovery._reachable(NOWHERE) == NOWHERE


def _hangs() -> int:
    raise ServiceHangsError

"""A service that hangs does not have every thread of the gateway; one that is slow may."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from gateway.app import create_app
from gateway.proxy import waiting
from gateway.proxy.upstream import OutgoingRequest, Upstream, UpstreamAwayError, UpstreamTimeoutError
from gateway.settings import Settings
from gateway.web.api_client import ApiClient
from shared.refusals import DEADLINE_EXCEEDED, UNAVAILABLE, Refused

MOST = 3
SILENT_SECONDS = 0.3
LIST = "/api/transactions/list"
GET = OutgoingRequest(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", is_repeatable=True)


class Service:
    """Takes every connection, and answers one request on it when it is told to."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.may_answer = threading.Semaphore(0)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            client.recv(1000)
            self.may_answer.acquire()
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(waiting, "SILENT_SECONDS", SILENT_SECONDS)
    running = Service()
    yield running
    running.close()


def test_the_newest_are_given_up_and_no_others_let_in_while_it_says_nothing(service: Service) -> None:
    upstream = Upstream(service.url, most_waiting=MOST)
    with ThreadPoolExecutor(3 * MOST) as pool:
        asked = [pool.submit(upstream.send, GET, 30) for _ in range(2 * MOST)]
        given_up, kept = wait(asked, timeout=4)
        assert (len(given_up), len(kept)) == (MOST, MOST)
        assert {type(one.exception()) for one in given_up} == {UpstreamTimeoutError}
        began = time.monotonic()
        with pytest.raises(UpstreamAwayError):
            upstream.send(GET, 30)
        assert time.monotonic() - began < SILENT_SECONDS
        service.may_answer.release(3 * MOST)
        assert {one.result(10).status for one in kept} == {200}
    assert upstream.send(GET, 30).status == 200


def test_any_number_may_wait_for_one_that_answers_slowly(service: Service) -> None:
    upstream = Upstream(service.url, most_waiting=MOST)
    with ThreadPoolExecutor(4 * MOST) as pool:
        asked = [pool.submit(upstream.send, GET, 30) for _ in range(4 * MOST)]
        for _ in asked:
            time.sleep(SILENT_SECONDS / 3)
            service.may_answer.release()
        assert {one.result(10).status for one in asked} == {200}


def test_pages_wait_for_a_service_in_one_queue_with_the_proxy(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRANSACTION_SERVICE_URL", service.url)
    monkeypatch.setenv("GATEWAY_THREADS", "8")
    app = create_app(Settings())
    pages: ApiClient = app.extensions["api_client"]

    def page() -> int | Refused:
        try:
            return pages.call("GET", LIST, is_anonymous=True).status
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(12) as pool:
        through_proxy = [pool.submit(lambda: app.test_client().get(LIST).status_code) for _ in range(3)]
        time.sleep(SILENT_SECONDS / 3)
        of_pages = [pool.submit(page) for _ in range(9)]
        given_up, kept = wait(of_pages, timeout=4)
        assert (len(given_up), len(kept)) == (6, 3), "six of eight threads may wait, three of them for the proxy"
        answers = [one.result() for one in given_up]
        assert [one.refusal for one in answers if isinstance(one, Refused)] == [DEADLINE_EXCEEDED] * 6
        began = time.monotonic()
        refused = page()
        assert isinstance(refused, Refused)
        assert (refused.refusal, time.monotonic() - began < SILENT_SECONDS) == (UNAVAILABLE, True)
        service.may_answer.release(12)
        assert [one.result(10) for one in through_proxy] == [200] * 3
        assert {one.result(10) for one in kept} == {200}
    app.extensions["close_gateway"]()

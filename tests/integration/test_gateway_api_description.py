"""The bank's document is asked for in parts, of services that make theirs when they are first asked."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from gateway import api_description
from gateway.api_description import ApiDescription
from shared.network.discovery import Discovery
from shared.services import AUTH, Service
from tests.scripted_server import Conversation, scripted

DOCUMENT = json.dumps(
    {
        "paths": {"/api/auth/me": {"get": {"operationId": "get_me", "tags": ["auth"], "responses": {}}}},
        "components": {"schemas": {}, "securitySchemes": {}},
        "tags": [{"name": "auth"}],
    }
).encode()
REPLY = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(DOCUMENT), DOCUMENT)


class At:
    """Every service is there."""

    def __init__(self, url: str) -> None:
        self._url = url

    def url(self, service: Service) -> str:
        return self._url


def test_while_one_waits_for_a_service_others_are_answered_with_what_was_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_description, "CACHE_SECONDS", 0.0)
    asked_again, may_answer = threading.Event(), threading.Event()

    def answer(conversation: Conversation) -> None:
        conversation.receive()
        if len(server.requests) > 1:
            asked_again.set()
            assert may_answer.wait(10)
        conversation.send(REPLY)

    with scripted(answer) as server, ThreadPoolExecutor(1) as pool:
        description = ApiDescription(cast("Discovery", At(server.url)), [AUTH])
        known = description()
        assert "/api/auth/me" in known["paths"]
        waiting = pool.submit(description)
        assert asked_again.wait(10)
        assert description() is known
        assert not waiting.done()
        may_answer.set()
        assert waiting.result(10)["paths"] == known["paths"]
        description.close()

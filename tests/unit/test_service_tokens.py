"""A service's own token while auth answers slowly or not at all."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared import services
from shared.identity.service_tokens import ServiceToken
from shared.network.discovery import Discovery
from shared.network.http_client import Answer
from shared.refusals import UNAVAILABLE, Refused

SLOW_SECONDS = 0.3


class Auth:
    """Gives tokens of a life, or after a while none."""

    def __init__(self) -> None:
        self.life_seconds = 900
        self.is_hung = False
        self.asked = 0
        self._lock = threading.Lock()

    def call(self, *_: Any, **__: Any) -> Answer:
        with self._lock:
            self.asked += 1
        if self.is_hung:
            time.sleep(SLOW_SECONDS)
            raise Refused(UNAVAILABLE)
        return Answer(200, {"data": {"access_token": f"token {self.asked}", "expires_in": self.life_seconds}})


@pytest.fixture
def auth() -> Auth:
    return Auth()


@pytest.fixture
def token(auth: Auth, monkeypatch: pytest.MonkeyPatch) -> ServiceToken:
    monkeypatch.setenv("GATEWAY_CLIENT_SECRET", "a secret of tests")
    made = ServiceToken(services.GATEWAY, Discovery())
    monkeypatch.setattr(made, "_auth", auth)
    return made


def test_a_token_is_asked_for_once_while_it_is_good(auth: Auth, token: ServiceToken) -> None:
    assert {token() for _ in range(3)} == {"token 1"}
    assert auth.asked == 1


def test_those_who_waited_for_an_auth_that_hangs_do_not_wait_for_it_one_after_the_other(
    auth: Auth, token: ServiceToken
) -> None:
    """Each of a server's threads would else wait its turn, longer than any deadline, and nobody be answered."""
    auth.is_hung = True
    began = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        asked = [pool.submit(token) for _ in range(16)]
        assert {type(one.exception()) for one in asked} == {Refused}
    assert time.monotonic() - began < 3 * SLOW_SECONDS
    auth.is_hung = False
    assert token().startswith("token")


def test_a_token_that_is_due_is_used_to_its_end_while_auth_is_away(auth: Auth, token: ServiceToken) -> None:
    auth.life_seconds = 30  # renewed a minute before it ends: it is due at once
    assert token() == "token 1"
    auth.is_hung = True
    time.sleep(1.1)
    assert token() == "token 1"

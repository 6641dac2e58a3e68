"""Many strangers registering at once keep nobody from logging in."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from auth_service.passwords.hashing import PasswordHasher
from shared.refusals import Refused
from tests.auth_bank import PASSWORD, AuthUnderTest, open_auth
from tests.password_cost import CHEAP_HASH


def _register(auth: AuthUnderTest, number: int) -> int:
    body = {"username": f"newcomer{number}", "email": f"newcomer{number}@example.test", "password": PASSWORD}
    return auth.call("POST", "/api/auth/register", body).status_code


def test_while_thirty_two_register_at_once_everybody_with_an_account_logs_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_auth(tmp_path, password_hashes_at_once=2, passwords_waiting_at_most=28) as auth:
        for number in range(10):
            auth.register(f"customer{number}")
        quickly = PasswordHasher.hash

        def slowly(self: PasswordHasher, password: str) -> str:
            time.sleep(0.1)
            return quickly(self, password)

        monkeypatch.setattr(PasswordHasher, "hash", slowly)
        with ThreadPoolExecutor(42) as pool:
            strangers = [pool.submit(_register, auth, number) for number in range(32)]
            logins = [pool.submit(auth.login, f"customer{number}") for number in range(10)]
            assert [login.result().status_code for login in logins] == [200] * 10
            registered = [stranger.result() for stranger in strangers]
        assert set(registered) <= {201, 503}
        assert registered.count(201) >= 14, "those in their share of the room are served"


def test_strangers_hold_half_of_the_room_and_never_the_last_slot() -> None:
    hasher = PasswordHasher(CHEAP_HASH, at_once=2, waiting_at_most=4)
    release, inside = threading.Event(), threading.Semaphore(0)

    def hold() -> None:
        with hasher.stranger_admitted():
            inside.release()
            release.wait(10)

    threads = [threading.Thread(target=hold) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert inside.acquire(timeout=5)
    assert not inside.acquire(timeout=0.2), "one waits for the one slot that strangers may have"
    with pytest.raises(Refused), hasher.stranger_admitted():
        pass
    with hasher.admitted(), hasher.slot():
        assert not hasher.matches(None, PASSWORD)
    release.set()
    for thread in threads:
        thread.join()

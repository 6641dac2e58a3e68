"""What every use case of auth works with."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import current_app

from auth_service.erasure.services import Forgetting
from auth_service.passwords.hashing import PasswordHasher
from auth_service.settings import Settings
from auth_service.tokens.key_ring import KeyRing
from shared.identity.tokens import TokenVerifier
from shared.storage.database import Database
from shared.time.bank_clock import BankClock


@dataclass(frozen=True)
class Client:
    """Where a request comes from: the address as far as it is proved, and what the browser calls itself."""

    address: str
    network: str
    user_agent: str


def _line() -> "queue.Queue[tuple[str, Client]]":
    return queue.Queue(1000)


class Queues:
    """One guess at a time for a name that has been guessed at wrongly."""

    def __init__(self) -> None:
        self._locks = tuple(threading.Lock() for _ in range(64))

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Wait for this name's turn."""
        with self._locks[hash(name) % len(self._locks)]:
            yield


@dataclass(frozen=True)
class AuthContext:
    """Our database, the keys, the slow work of passwords, the bank's time, who has to forget people who are erased, and
    who has forgotten their password.
    """

    settings: Settings
    database: Database
    keys: KeyRing
    verifier: TokenVerifier
    hasher: PasswordHasher
    bank_clock: BankClock
    forgetting: Forgetting
    queues: Queues = field(default_factory=Queues)
    reset_line: "queue.Queue[tuple[str, Client]]" = field(default_factory=_line)


def context() -> AuthContext:
    """The context of the app being served."""
    found: AuthContext = current_app.extensions["context"]
    return found

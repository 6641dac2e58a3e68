"""Hashing passwords: slow on purpose, so only a few at once, and never so many waiting that nothing else is served."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.security import check_password_hash, generate_password_hash

from auth_service.passwords.rules import normalized
from shared.network.http_client import remaining_seconds
from shared.refusals import UNAVAILABLE, Refused

_PATIENCE_SECONDS = 30.0
_PADDING = "\0"  # the hash pads a password with it, so that with more of it at the end it would be the same password


class PasswordHasher:
    """scrypt in a bounded waiting room: every use begins with `admitted()` or, for strangers, `stranger_admitted()`.

    A stranger who registers has half of the room and all places but one where hashes are made, so that however many
    register at once, whoever has an account can log in.
    """

    def __init__(self, method: str, *, at_once: int, waiting_at_most: int) -> None:
        self._method = method
        self._slots = threading.BoundedSemaphore(at_once)
        self._stranger_slots = threading.BoundedSemaphore(max(at_once - 1, 1))
        waiting_at_most = max(waiting_at_most, at_once)
        self._room = threading.BoundedSemaphore(waiting_at_most)
        self._stranger_room = threading.BoundedSemaphore(max(waiting_at_most // 2, 1))
        # Same cost as a real one, and no password matches it: an unknown name takes as long as a known one.
        self._dummy = f"{method}${secrets.token_urlsafe(12)}${secrets.token_hex(64)}"

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """A place in the waiting room. Raises Refused (503) when it is full."""
        with _held(self._room, 0.0):
            yield

    @contextmanager
    def stranger_admitted(self) -> Iterator[None]:
        """A place in the strangers' part of the room, and then one where hashes are made: call `hash` at once.

        Raises Refused (503) when that part is full, or the request's deadline comes first.
        """
        with _held(self._stranger_room, 0.0), self.admitted(), _held(self._stranger_slots, _longest_wait()):
            yield

    @contextmanager
    def slot(self) -> Iterator[None]:
        """One of the few places where passwords are compared, when it is free.

        Raises Refused (503) when the request's deadline comes first.
        """
        with _held(self._slots, _longest_wait()):
            yield

    def hash(self, password: str) -> str:
        """The salted hash to store, made as soon as a slot is free."""
        with self.slot():
            return generate_password_hash(normalized(password), self._method)

    def matches(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one, inside `slot()`; without a stored one the same work for a no."""
        is_right = check_password_hash(stored or self._dummy, normalized(password))
        return is_right and stored is not None and not password.endswith(_PADDING)


def _longest_wait() -> float:
    return remaining_seconds(_PATIENCE_SECONDS)


@contextmanager
def _held(places: threading.BoundedSemaphore, wait_seconds: float) -> Iterator[None]:
    if not places.acquire(timeout=wait_seconds):
        raise Refused(UNAVAILABLE, "Very many people are logging in at this moment; try again shortly.")
    try:
        yield
    finally:
        places.release()

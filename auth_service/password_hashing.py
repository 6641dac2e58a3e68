"""Hashing passwords: slow on purpose, so only a few at once, and never so many waiting that nothing else is served."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.security import check_password_hash, generate_password_hash

from auth_service.passwords import normalized
from shared.refusals import UNAVAILABLE, Refused


class PasswordHasher:
    """scrypt in a bounded waiting room: every use begins with `admitted()`."""

    def __init__(self, method: str, *, at_once: int, waiting_at_most: int) -> None:
        self._method = method
        self._slots = threading.BoundedSemaphore(at_once)
        self._room = threading.BoundedSemaphore(max(waiting_at_most, at_once))
        # Same cost as a real one, and no password matches it: an unknown name takes as long as a known one.
        self._dummy = f"{method}${secrets.token_urlsafe(12)}${secrets.token_hex(64)}"

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """A place in the waiting room. Raises Refused (503) when it is full."""
        if not self._room.acquire(blocking=False):
            raise Refused(UNAVAILABLE, "Very many people are signing in at this moment; try again shortly.")
        try:
            yield
        finally:
            self._room.release()

    @contextmanager
    def slot(self) -> Iterator[None]:
        """One of the few places where passwords are compared, when it is free."""
        with self._slots:
            yield

    def hash(self, password: str) -> str:
        """The salted hash to store, made as soon as a slot is free."""
        with self.slot():
            return generate_password_hash(normalized(password), self._method)

    def matches(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one, inside `slot()`; without a stored one the same work for a no."""
        is_right = check_password_hash(stored or self._dummy, normalized(password))
        return is_right and stored is not None

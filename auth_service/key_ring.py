"""Signing: the keys of the database, kept at hand and rotated on schedule."""

from typing import Any

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, delete, insert, select

from auth_service import events, signing_keys
from auth_service.models import signing_keys as signing_keys_table
from auth_service.settings import Settings
from auth_service.signing_keys import SigningKey
from shared.clock import MICROSECONDS, now_us
from shared.database import Database
from shared.tokens import ALGORITHM

logger = structlog.get_logger(__name__)


class KeyRing:
    """Signs with the current key. Also auth's own `shared.tokens.KeySource`, straight from the database."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._rotation_us = settings.key_rotation_seconds * MICROSECONDS
        self._token_life_us = settings.access_token_seconds * MICROSECONDS
        self._keys: tuple[SigningKey, ...] = ()
        self._private: dict[str, Ed25519PrivateKey] = {}

    def rotate(self, now: int) -> None:
        """Make the key that is due, drop those that nothing needs any more, and take in what other processes made."""
        with self._database.read() as connection:
            keys = _read(connection)
        if self._is_due(keys, now):
            with self._database.write() as connection:
                keys = self._rotated(connection, now)
        private = {key.kid: self._private.get(key.kid) or signing_keys.private_half(key) for key in keys}
        self._private, self._keys = private, keys

    def sign(self, claims: dict[str, Any]) -> str:
        """A signed token with these claims."""
        key = signing_keys.current(self._keys, now_us())
        return jwt.encode(claims, self._private[key.kid], algorithm=ALGORITHM, headers={"kid": key.kid})

    def is_ready(self) -> bool:
        """Whether there is a key to sign with."""
        return bool(self._keys)

    def key_set(self) -> list[dict[str, Any]]:
        """Every public key whose tokens may still be about, or soon will be."""
        with self._database.read() as connection:
            return [signing_keys.public_jwk(key) for key in _read(connection)]

    def revocations(self, after: int) -> list[dict[str, Any]]:
        """Auth's own revocations, as other services pull them."""
        with self._database.read() as connection:
            return events.revocations_after(connection, after, since=now_us() - self._token_life_us * 4 // 3)

    def _is_due(self, keys: tuple[SigningKey, ...], now: int) -> bool:
        starts = signing_keys.next_start(keys, now, self._rotation_us)
        return starts is not None or bool(signing_keys.retired(keys, now, self._token_life_us))

    def _rotated(self, connection: Connection, now: int) -> tuple[SigningKey, ...]:
        keys = _read(connection)
        starts = signing_keys.next_start(keys, now, self._rotation_us)
        if starts is not None:
            key = signing_keys.generate(starts)
            connection.execute(
                insert(signing_keys_table).values(
                    kid=key.kid, private_key=key.private_key, public_key=key.public_key, signs_from=key.signs_from
                )
            )
            logger.info("signing_key_made", kid=key.kid)
        for key in signing_keys.retired(keys, now, self._token_life_us):
            connection.execute(delete(signing_keys_table).where(signing_keys_table.c.kid == key.kid))
            logger.info("signing_key_retired", kid=key.kid)
        return _read(connection)


def _read(connection: Connection) -> tuple[SigningKey, ...]:
    table = signing_keys_table.c
    rows = connection.execute(
        select(table.kid, table.private_key, table.public_key, table.signs_from).order_by(table.signs_from)
    )
    return tuple(SigningKey(*row) for row in rows)

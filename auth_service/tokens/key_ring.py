"""Signing: the keys of the database, kept at hand and rotated on schedule."""

from collections.abc import Callable
from typing import Any

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask_sqlalchemy.session import Session
from sqlalchemy import delete, select

from auth_service.models import StoredKey
from auth_service.settings import Settings
from auth_service.tokens import access_tokens, revocations, signing_keys
from auth_service.tokens.payloads import KeyStage
from auth_service.tokens.service_clients import OWN_SCOPES
from auth_service.tokens.signing_keys import SigningKey
from shared import services
from shared.identity.tokens import ALGORITHM
from shared.storage.database import Database
from shared.time.clock import MICROSECONDS, now_us, to_wire

logger = structlog.get_logger(__name__)

_OWN_TOKEN_SECONDS = 60


class KeyRing:
    """Signs with the current key. Also auth's own `shared.identity.tokens.KeySource`, straight from the database."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._rotation_us = settings.key_rotation_seconds * MICROSECONDS
        self._token_life_us = settings.access_token_seconds * MICROSECONDS
        self._keys: tuple[SigningKey, ...] = ()
        self._private: dict[str, Ed25519PrivateKey] = {}

    def rotate(self, now: int) -> None:
        """Make the key that is due, drop those that nothing needs any more, and take in what other processes made."""
        with self._database.read_session() as db_session:
            keys = _read(db_session)
        if self._is_due(keys, now):
            with self._database.write_session() as db_session:
                keys = self._rotated(db_session, now)
        private = {key.kid: self._private.get(key.kid) or signing_keys.private_half(key) for key in keys}
        self._private, self._keys = private, keys

    def change(self, now: int, write_down: Callable[[Session, SigningKey], object]) -> None:
        """Announce a key that signs next, soon; where one is announced already, that one. The key of now signs until
        then, and verifies until its last token has ended. `write_down` is part of the commit.
        """
        with self._database.write_session() as db_session:
            announced = next((key for key in _read(db_session) if key.signs_from > now), None)
            if announced is None:
                announced = _add(db_session, signing_keys.generate(now + signing_keys.ANNOUNCED_FOR_US))
            write_down(db_session, announced)
        self.rotate(now)

    def described(self, now: int) -> list[dict[str, Any]]:
        """Every key that there is, the oldest first: from when it signs, and until when it verifies."""
        with self._database.read_session() as db_session:
            keys = _read(db_session)
        signing = signing_keys.current(keys, now)
        return [
            {
                "id": key.kid,
                "stage": KeyStage.SIGNS if key == signing else _stage_beside(key, signing),
                "signs_from": to_wire(key.signs_from),
                "verifies_until": None if until is None else to_wire(until),
            }
            for key in keys
            for until in [signing_keys.verifies_until(keys, key, self._token_life_us)]
        ]

    def sign(self, claims: dict[str, Any]) -> str:
        """A signed token with these claims."""
        key = signing_keys.current(self._keys, now_us())
        return jwt.encode(claims, self._private[key.kid], algorithm=ALGORITHM, headers={"kid": key.kid})

    def own_token(self) -> str:
        """A token with which auth itself asks another service, for as long as one call may take."""
        return self.sign(
            access_tokens.of_service(
                services.AUTH.name, OWN_SCOPES, issued_at=now_us(), life_seconds=_OWN_TOKEN_SECONDS
            )
        )

    def is_ready(self) -> bool:
        """Whether there is a key to sign with."""
        return bool(self._keys)

    def key_set(self) -> list[dict[str, Any]]:
        """Every public key whose tokens may still be about, or soon will be."""
        with self._database.read_session() as db_session:
            return [signing_keys.public_jwk(key) for key in _read(db_session)]

    def revocations(self, after: int) -> list[dict[str, Any]]:
        """Auth's own revocations, as other services pull them."""
        with self._database.read_session() as db_session:
            return revocations.revocations_after(db_session, after, since=now_us() - self._token_life_us * 4 // 3)

    def _is_due(self, keys: tuple[SigningKey, ...], now: int) -> bool:
        starts = signing_keys.next_start(keys, now, self._rotation_us)
        return starts is not None or bool(signing_keys.retired(keys, now, self._token_life_us))

    def _rotated(self, db_session: Session, now: int) -> tuple[SigningKey, ...]:
        keys = _read(db_session)
        starts = signing_keys.next_start(keys, now, self._rotation_us)
        if starts is not None:
            _add(db_session, signing_keys.generate(starts))
        for key in signing_keys.retired(keys, now, self._token_life_us):
            db_session.execute(delete(StoredKey).where(StoredKey.kid == key.kid))
            logger.info("signing_key_retired", kid=key.kid)
        return _read(db_session)


def _add(db_session: Session, key: SigningKey) -> SigningKey:
    db_session.add(
        StoredKey(kid=key.kid, private_key=key.private_key, public_key=key.public_key, signs_from=key.signs_from)
    )
    db_session.flush()
    logger.info("signing_key_made", kid=key.kid)
    return key


def _stage_beside(key: SigningKey, signing: SigningKey) -> KeyStage:
    return KeyStage.ANNOUNCED if key.signs_from > signing.signs_from else KeyStage.VERIFIES


def _read(db_session: Session) -> tuple[SigningKey, ...]:
    rows = db_session.scalars(select(StoredKey).order_by(StoredKey.signs_from))
    return tuple(SigningKey(row.kid, row.private_key, row.public_key, row.signs_from) for row in rows)

"""Who can log in to a world. Its people share a password that is stored nowhere: it is derived when it is asked for."""

import base64
import hashlib
import hmac
import secrets

from flask_sqlalchemy.session import Session

from simulator_service import repository
from simulator_service.models import StoredWorld

_PASSWORD_BYTES = 18


def new_salt() -> str:
    """What tells the password of one world from another's."""
    return secrets.token_hex(16)


def password_of(world: StoredWorld, secret: str) -> str | None:
    """The password of a world's people: 24 characters. None for a world made before passwords were derived."""
    if world.log_in_salt is None:
        return None
    digest = hmac.digest(secret.encode(), world.log_in_salt.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:_PASSWORD_BYTES]).decode()


def log_ins(session: Session, world: StoredWorld, secret: str, people: int) -> list[dict[str, str]]:
    """User name and password of a world's first people; none where nobody knows the password."""
    password = password_of(world, secret)
    if password is None:
        return []
    usernames = repository.usernames_of(session, world.id, [f"p{number}" for number in range(people)])
    return [{"username": name, "password": password} for name in usernames]

"""Who can log in to a world. Its people share a password that is stored nowhere: it is derived when it is asked for.

In development it follows from the world's seed and number alone, as do the ids of its people and accounts: a world made
again in another bank is the same, and a test can pin them. In production a secret of the bank's is in it.
"""

import base64
import hashlib
import hmac
import secrets

from flask_sqlalchemy.session import Session

from shared.identifiers import derived_id
from simulator_service import repository
from simulator_service.models import StoredWorld

_PASSWORD_BYTES = 18
_SEEDED = "seed "
_IDS = "5a6e6462-616e-4b00-8000-776f726c6473"
"""What ids of worlds are derived from; of no row."""


def new_salt() -> str:
    """What tells the password of one world from another's."""
    return secrets.token_hex(16)


def seeded_salt(seed: int, number: int) -> str:
    """The same for a world whose password follows from its seed, and from its number among those of its bank."""
    return f"{_SEEDED}{seed} {number}"


def seeded_id(world: StoredWorld, name: str) -> str | None:
    """The id of what is called so in the world; None where the bank chooses the ids."""
    salt = world.log_in_salt
    return derived_id(_IDS, f"{salt} {name}") if salt is not None and salt.startswith(_SEEDED) else None


def password_of(world: StoredWorld, secret: str) -> str | None:
    """The password of a world's people: 24 characters. None for a world made before passwords were derived."""
    if world.log_in_salt is None:
        return None
    if world.log_in_salt.startswith(_SEEDED):
        secret = _SEEDED
    digest = hmac.digest(secret.encode(), world.log_in_salt.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:_PASSWORD_BYTES]).decode()


def log_ins(session: Session, world: StoredWorld, secret: str, people: int) -> list[dict[str, str]]:
    """User name and password of a world's first people; none where nobody knows the password."""
    password = password_of(world, secret)
    if password is None:
        return []
    usernames = repository.usernames_of(session, world.id, [f"p{number}" for number in range(people)])
    return [{"username": name, "password": password} for name in usernames]

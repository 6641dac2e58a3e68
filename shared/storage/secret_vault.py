"""Texts that a database alone must not give away, nor a feed.

Each is encrypted (AES-256-GCM) with the id of whom it belongs to as associated data, so that one cannot be put in
another's place. The key is derived from a secret that lies outside the database, for one purpose.
"""

import base64
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

RESET_TOKENS = "sandbank password reset tokens"
"""Auth seals them for the notification service, under that service's client secret, which both know."""
_NONCE_BYTES = 12
_KEY_BYTES = 32


class SecretVault:
    """Encrypts with a key derived from one secret for one purpose."""

    def __init__(self, secret: str, purpose: str) -> None:
        derivation = HKDF(SHA256(), _KEY_BYTES, salt=None, info=purpose.encode())
        self._cipher = AESGCM(derivation.derive(secret.encode()))

    def seal(self, owner_id: str, plain: str) -> str:
        """The text to store or to tell."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, plain.encode(), owner_id.encode())).decode()

    def open(self, owner_id: str, sealed: str) -> str:
        """What was sealed for this owner. Raises InvalidTag when the text or the key is another."""
        raw = base64.b64decode(sealed)
        return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner_id.encode()).decode()

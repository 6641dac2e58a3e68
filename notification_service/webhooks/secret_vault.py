"""Secrets of webhooks, kept so that the database alone gives none of them away.

Each is encrypted (AES-256-GCM) with the endpoint's id as associated data, so that one cannot be put in another's place.
The key is derived from `NOTIFICATION_WEBHOOK_KEY`, which lies outside the database.
"""

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.settings import MissingSettingError

_NONCE_BYTES = 12
_KEY_BYTES = 32


class SecretVault:
    """Encrypts with a key derived from one secret."""

    def __init__(self, secret: str) -> None:
        derivation = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"sandbank webhook secrets")
        self._cipher = AESGCM(derivation.derive(secret.encode()))

    def seal(self, endpoint_id: str, plain: str) -> str:
        """The text to store."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, plain.encode(), endpoint_id.encode())).decode()

    def open(self, endpoint_id: str, sealed: str) -> str:
        """What was sealed for this endpoint. Raises InvalidTag when the text or the key is another."""
        raw = base64.b64decode(sealed)
        return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], endpoint_id.encode()).decode()


def check_opens(vault: SecretVault, endpoint_id: str, sealed: str) -> None:
    """Raises MissingSettingError where an endpoint's secret was sealed under another key."""
    try:
        vault.open(endpoint_id, sealed)
    except InvalidTag:
        message = (
            "NOTIFICATION_WEBHOOK_KEY is not the key that the secrets of this bank's webhooks were sealed with. Give"
            " the one that they were, or restore it from a backup of BANK_DATA_DIR/secrets, and start again"
        )
        raise MissingSettingError(message) from None

"""Signatures as Standard Webhooks has them, so that its published libraries verify ours. Pure but for new secrets."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """A secret as its owner is shown it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature_header(keys: Sequence[str], *, message_id: str, timestamp: int, body: bytes) -> str:
    """`webhook-signature`: what was signed with each of these secrets, by spaces. `timestamp` is in seconds."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{base64.b64encode(hmac.digest(_key(key), signed, hashlib.sha256)).decode()}" for key in keys)


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        message = "a webhook's secret is not as the bank made it"
        raise ValueError(message) from None

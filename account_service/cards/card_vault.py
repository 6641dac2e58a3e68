"""What is printed on a card, kept so that the database alone gives nothing away.

Number and security code are encrypted together (AES-256-GCM, the card's id as associated data, so that one card's
secrets cannot be put in another's place). A number is found again by a keyed digest. Both keys are derived from
`ACCOUNT_CARD_KEY`, which lies outside the database.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.settings import MissingSettingError

_NONCE_BYTES = 12
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """What whoever holds the card can read on it; not shown when the object is."""

    number: str = field(repr=False)
    security_code: str = field(repr=False)


class CardVault:
    """Encrypts and digests with keys derived from one secret."""

    def __init__(self, secret: str) -> None:
        self._cipher = AESGCM(_derived(secret, b"card secrets"))
        self._digest_key = _derived(secret, b"card numbers")

    def seal(self, card_id: str, printed: PrintedCard) -> str:
        """The text to store of this card."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = f"{printed.number} {printed.security_code}".encode()
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, plain, card_id.encode())).decode()

    def open(self, card_id: str, sealed: str) -> PrintedCard:
        """What was sealed for this card. Raises InvalidTag when the text or the key is another."""
        raw = base64.b64decode(sealed)
        plain = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], card_id.encode())
        number, security_code = plain.decode().split(" ")
        return PrintedCard(number, security_code)

    def digest(self, number: str) -> str:
        """By what a number is told from all others: nobody without the key can try numbers out."""
        return hmac.digest(self._digest_key, number.encode(), "sha256").hex()


def _derived(secret: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"sandbank " + purpose).derive(secret.encode())


def check_opens(vault: CardVault, card_id: str, sealed: str) -> None:
    """Raises MissingSettingError where a card was sealed under another key: what is issued under this one would be lost
    to whoever has that, and what was issued before is lost to everybody until it is back.
    """
    try:
        vault.open(card_id, sealed)
    except InvalidTag:
        message = (
            "ACCOUNT_CARD_KEY is not the key that the cards of this bank were sealed with. Give the one that they were,"
            " or restore it from a backup of BANK_DATA_DIR/secrets, and start again"
        )
        raise MissingSettingError(message) from None

"""Card numbers and security codes as they are kept here: as keyed digests, from which nobody gets them back.

The key lies outside the database (`TRANSACTION_CARD_KEY`), so that whoever reads the tables cannot try all numbers.
"""

import hmac
from hashlib import sha256


class CardSecrets:
    """Makes the digests under one key."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def number_digest(self, card_number: str) -> str:
        """What a number, digits alone, is known again by: 64 hexadecimal digits."""
        return self._digest("number", card_number)

    def security_digest(self, number_digest: str, security_code: str) -> str:
        """What the code of the card with this number is known again by."""
        return self._digest("code", f"{number_digest}:{security_code}")

    def is_code(self, number_digest: str, security_code: str, kept: str) -> bool:
        """Whether this is the card's code."""
        return hmac.compare_digest(self.security_digest(number_digest, security_code), kept)

    @property
    def key_digest(self) -> str:
        """What the key is known again by."""
        return self._digest("key", "")

    def _digest(self, kind: str, text: str) -> str:
        return hmac.new(self._key, f"{kind}:{text}".encode(), sha256).hexdigest()


def is_card_number(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (Luhn, ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0

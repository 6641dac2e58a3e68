"""The inbox's settings, read from the environment once."""

import re
from dataclasses import dataclass, field

from shared import services, settings
from shared.settings import MissingSettingError

DEFAULT_LARGE_PAYMENT = "1000.00"
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True)
class Settings:
    """`large_payment`: the decimal amount, in whichever currency, from which a payment is worth a message."""

    database_url: str
    seal_key: str = field(repr=False)
    large_payment: str = DEFAULT_LARGE_PAYMENT
    is_production: bool = False

    def __post_init__(self) -> None:
        if _AMOUNT.fullmatch(self.large_payment) is None:
            message = f"BANK_LARGE_PAYMENT must be an amount such as 1000.00, not {self.large_payment!r}"
            raise MissingSettingError(message)

    @classmethod
    def from_environment(cls) -> "Settings":
        """Raises MissingSettingError for a value that cannot be read."""
        return cls(
            database_url=settings.database_url(services.NOTIFICATION),
            seal_key=settings.seal_key(services.NOTIFICATION),
            large_payment=settings.text("BANK_LARGE_PAYMENT", DEFAULT_LARGE_PAYMENT),
            is_production=settings.is_production(),
        )

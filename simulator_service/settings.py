"""The simulator's settings, read from the environment once."""

from dataclasses import dataclass, field
from pathlib import Path

from shared import services, settings
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.key_files import older_seal_keys
from shared.settings import MissingSettingError


@dataclass(frozen=True)
class Settings:
    """`engine_lock` is the file whose lock says which process lives the worlds; only one may.

    `log_in_secret` is what the passwords of a world's people are derived from. `patience_seconds` is how long a job
    waits for a bank that does not answer before it fails.
    """

    database_url: str
    engine_lock: Path
    log_in_secret: str = field(repr=False)
    seal_key: str = field(repr=False)
    currency: str = "EUR"
    bank_name: str = "Sandbank"
    is_production: bool = False
    patience_seconds: int = 300
    older_seal_keys: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read the environment. Raises MissingSettingError for a currency the bank does not know."""
        currency = settings.bank_currency()
        if currency not in MINOR_UNIT_DIGITS:
            message = f"BANK_CURRENCY is {currency!r}, which is not a currency of this bank"
            raise MissingSettingError(message)
        return cls(
            database_url=settings.database_url(services.SIMULATOR),
            seal_key=settings.seal_key(services.SIMULATOR),
            older_seal_keys=older_seal_keys(services.SIMULATOR),
            engine_lock=settings.data_dir() / "simulator_service.engine-lock",
            log_in_secret=settings.secret("SIMULATOR_LOG_IN_SECRET"),
            currency=currency,
            bank_name=settings.bank_name(),
            is_production=settings.is_production(),
            patience_seconds=settings.number(
                "SIMULATOR_PATIENCE_SECONDS", cls.patience_seconds, lowest=1, highest=86_400
            ),
        )

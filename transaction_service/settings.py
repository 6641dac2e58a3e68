"""The ledger's settings, read from the environment once."""

from dataclasses import dataclass

from shared import services, settings


@dataclass(frozen=True)
class Settings:
    """`reconcile_seconds`: pause between reconciliations of balances with postings; 0 turns them off."""

    database_url: str
    reconcile_seconds: int = 600
    is_production: bool = False

    @classmethod
    def from_environment(cls) -> "Settings":
        """Raises MissingSettingError for a value that cannot be read."""
        return cls(
            database_url=settings.database_url(services.TRANSACTION),
            reconcile_seconds=settings.number("BANK_RECONCILE_SECONDS", 600, highest=86_400),
            is_production=settings.is_production(),
        )

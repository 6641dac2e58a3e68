"""Settings of the reporting service, read from the environment once."""

from dataclasses import dataclass

from shared import services, settings


@dataclass(frozen=True)
class Settings:
    """Where the projections and the stored reports are."""

    database_url: str

    @classmethod
    def from_environment(cls) -> "Settings":
        """Raises MissingSettingError for a value that cannot be used."""
        return cls(database_url=settings.database_url(services.REPORTING))

"""Settings of the reporting service, read from the environment once."""

from dataclasses import dataclass, field
from pathlib import Path

from shared import audit_retention, services, settings
from shared.key_files import older_keys


@dataclass(frozen=True)
class Settings:
    """Where the projections, the stored reports and the audit trail are, and what that is sealed with.

    `audit_head_file` keeps how far the trail has come; best on another disk than the database. Records are kept for
    `audit_days`, for ever where that is 0.
    """

    database_url: str
    audit_head_file: Path
    audit_key: str = field(repr=False)
    older_audit_keys: tuple[str, ...] = field(default=(), repr=False)
    audit_days: int = 0

    @classmethod
    def from_environment(cls) -> "Settings":
        """Raises MissingSettingError for a value that cannot be used."""
        return cls(
            database_url=settings.database_url(services.REPORTING),
            audit_head_file=settings.file_path("REPORTING_AUDIT_HEAD_FILE", settings.data_dir() / "audit_head.json"),
            audit_key=settings.secret("REPORTING_AUDIT_KEY"),
            older_audit_keys=older_keys("REPORTING_OLDER_AUDIT_KEYS"),
            audit_days=audit_retention.kept_days(),
        )

"""The ledger's settings, read from the environment once."""

from dataclasses import dataclass, field

from shared import services, settings


@dataclass(frozen=True)
class Settings:
    """`reconcile_seconds`: pause between reconciliations of balances with postings; 0 turns them off.

    `key_days`: how long used idempotency keys are kept. `lookup_rate`: how often one person may name an account number
    that does not exist; `redis_url` shares that count among processes. `payees_per_person`:
    how many payees one person may keep. `card_key`: what the digests of card numbers are made with.
    """

    database_url: str
    reconcile_seconds: int = 600
    key_days: int = 30
    lookup_rate: str = "60 per minute"
    redis_url: str = ""
    payees_per_person: int = 200
    card_key: str = field(repr=False, kw_only=True)
    is_production: bool = False

    @classmethod
    def from_environment(cls) -> "Settings":
        """Raises MissingSettingError for a value that cannot be read."""
        return cls(
            database_url=settings.database_url(services.TRANSACTION),
            reconcile_seconds=settings.number("BANK_RECONCILE_SECONDS", 600, highest=86_400),
            key_days=settings.number("BANK_IDEMPOTENCY_DAYS", 30, lowest=1, highest=3_650),
            lookup_rate=settings.rate("ACCOUNT_LOOKUP_RATE", "60 per minute"),
            redis_url=settings.redis_url(),
            payees_per_person=settings.number("BANK_PAYEES_PER_PERSON", 200, lowest=1, highest=10_000),
            card_key=settings.secret("TRANSACTION_CARD_KEY"),
            is_production=settings.is_production(),
        )

"""The settings of messages, read from the environment once."""

import re
from dataclasses import dataclass, field

from notification_service.delivery.retries import RetryPolicy
from shared import services, settings
from shared.settings import MissingSettingError

DEFAULT_LARGE_PAYMENT = "1000.00"
_HOST = re.compile(r"[a-z0-9_.-]+|[0-9a-f:]+", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True)
class Settings:
    """`large_payment`: the decimal amount, in whichever currency, from which a payment is worth a message.

    `webhook_key` encrypts the secrets of webhooks; `webhook_hosts` may lie in an inner network.
    """

    database_url: str
    seal_key: str = field(repr=False)
    webhook_key: str = field(repr=False)
    large_payment: str = DEFAULT_LARGE_PAYMENT
    is_production: bool = False
    webhook_hosts: frozenset[str] = frozenset()
    retries: RetryPolicy = field(default_factory=RetryPolicy)

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
            webhook_key=settings.secret("NOTIFICATION_WEBHOOK_KEY"),
            webhook_hosts=_hosts(settings.text("WEBHOOK_ALLOWED_HOSTS")),
            large_payment=settings.text("BANK_LARGE_PAYMENT", DEFAULT_LARGE_PAYMENT),
            is_production=settings.is_production(),
        )


def _hosts(given: str) -> frozenset[str]:
    hosts = frozenset(host.strip().strip("[]").lower() for host in given.split(",") if host.strip())
    wrong = sorted(host for host in hosts if _HOST.fullmatch(host) is None)
    if wrong:
        message = f"WEBHOOK_ALLOWED_HOSTS must be hosts by commas, without ports; {wrong[0]!r} is none"
        raise MissingSettingError(message)
    return hosts

"""The settings of messages, read from the environment once."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from notification_service.delivery.retries import RetryPolicy
from notification_service.email.message_builder import ADDRESS, Stationery
from notification_service.email.smtp import MailServer
from shared import services, settings
from shared.key_files import older_seal_keys
from shared.settings import MissingSettingError

DEFAULT_LARGE_PAYMENT = "1000.00"
_PLAIN_STATIONERY = Stationery("Sandbank", "no-reply@sandbank.example", "http://127.0.0.1:5000")
_HOST = re.compile(r"[a-z0-9_.-]+|[0-9a-f:]+", re.ASCII)
_URL = re.compile(r"https?://[A-Za-z0-9_.:\[\]-]+(/[A-Za-z0-9._~/-]*)?", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True)
class Settings:
    """`large_payment`: the decimal amount, in whichever currency, from which a payment is worth a message.

    `webhook_key` encrypts the secrets of webhooks; `webhook_hosts` may lie in an inner network. Without a `mail_server`
    mail lies in a mailbox, in development, else there is none. Auth seals what a mail alone may say with `token_key`;
    `receipts` is where is noted what a mail server took.
    """

    database_url: str
    seal_key: str = field(repr=False)
    webhook_key: str = field(repr=False)
    large_payment: str = DEFAULT_LARGE_PAYMENT
    is_production: bool = False
    webhook_hosts: frozenset[str] = frozenset()
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    token_key: str = field(default="", repr=False)
    mail_server: MailServer | None = None
    stationery: Stationery = _PLAIN_STATIONERY
    owner_email: str = ""
    receipts: Path | None = None
    older_seal_keys: tuple[str, ...] = field(default=(), repr=False)

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
            older_seal_keys=older_seal_keys(services.NOTIFICATION),
            webhook_key=settings.secret("NOTIFICATION_WEBHOOK_KEY"),
            webhook_hosts=_hosts(settings.text("WEBHOOK_ALLOWED_HOSTS")),
            large_payment=settings.text("BANK_LARGE_PAYMENT", DEFAULT_LARGE_PAYMENT),
            is_production=settings.is_production(),
            token_key=settings.client_secret(services.NOTIFICATION),
            mail_server=_mail_server(),
            stationery=_stationery(),
            owner_email=_address("OWNER_EMAIL", settings.text("OWNER_EMAIL")),
            receipts=settings.data_dir() / "mail_receipts",
        )


def _hosts(given: str) -> frozenset[str]:
    hosts = frozenset(host.strip().strip("[]").lower() for host in given.split(",") if host.strip())
    wrong = sorted(host for host in hosts if _HOST.fullmatch(host) is None)
    if wrong:
        message = f"WEBHOOK_ALLOWED_HOSTS must be hosts by commas, without ports; {wrong[0]!r} is none"
        raise MissingSettingError(message)
    return hosts


def _mail_server() -> MailServer | None:
    """A log-in, and a bank in production, are never without TLS."""
    host, username = settings.text("SMTP_SERVER"), settings.text("SMTP_USERNAME")
    if not host:
        return None
    if _HOST.fullmatch(host.lower()) is None:
        message = f"SMTP_SERVER must be a host, without a port; {host!r} is none"
        raise MissingSettingError(message)
    return MailServer(
        host,
        settings.number("SMTP_PORT", 587, lowest=1, highest=65_535),
        username,
        settings.text("SMTP_PASSWORD"),
        needs_tls=bool(username) or settings.is_production(),
    )


def _stationery() -> Stationery:
    username = settings.text("SMTP_USERNAME")
    sender = username if ADDRESS.fullmatch(username) else _PLAIN_STATIONERY.sender
    url = settings.text("BANK_PUBLIC_URL", f"http://127.0.0.1:{services.GATEWAY.port}").rstrip("/")
    if _URL.fullmatch(url) is None:
        message = f"BANK_PUBLIC_URL must be an address such as https://bank.example, not {url!r}"
        raise MissingSettingError(message)
    is_unsafe = not url.startswith("https://")
    settings.refuse_in_production(is_unsafe, "BANK_PUBLIC_URL does not begin with https://, but mail links to it")
    return Stationery(settings.bank_name(), _address("SMTP_FROM", settings.text("SMTP_FROM", sender)), url)


def _address(name: str, given: str) -> str:
    if given and ADDRESS.fullmatch(given) is None:
        message = f"{name} must be an e-mail address such as bank@example.org, not {given!r}"
        raise MissingSettingError(message)
    return given

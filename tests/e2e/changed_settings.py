"""Every documented setting with another value than its default: the bank of test_settings.py is started with them.

A new setting gets its line here, and a claim in test_settings.py of what it changes. An architecture test fails for a
documented setting that is missing here, and has the few that cannot be here, with the tests that switch them on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from notification_service.email.smtp import MailServer
from shared.services import GATEWAY, NOTIFICATION, REPORTING, SERVICES, SIMULATOR

DATA_NAME = "Bänk & Söhne #1 100%? = 'quoted' ; 銀行"
ADMIN = {"username": "chief", "password": "seven brass kettles boil"}
SESSION_SECRET = "a session secret of a test's own, long enough"
TRUSTED_PROXY = "127.0.0.1"
ALLOWED_ORIGIN = "https://app.example"
HOST_NAME = "bank.example"
ACCOUNTS_PER_PERSON = 3
CARDS_PER_ACCOUNT = 2
PAYEES_PER_PERSON = 1
REVEALS = 1
LOOKUPS = 3
SESSIONS = 5
SIGN_INS = 60
REQUESTS = 300
MOVEMENT_LIMIT = 500
DAILY_LIMIT = 800
PASSWORD_LENGTH = 14
TOKEN_SECONDS = 600
INNER_HOST = "10.11.12.13"
PUBLIC_URL = "https://bank.example/web"
EXCHANGE_MARGIN = 125
LOG_FOLDER = "what happened"
HOSTS = {"GATEWAY_HOST": "::", "ACCOUNT_HOST": "0.0.0.0", "REPORTING_HOST": "localhost"}  # noqa: S104 (as in a container)
HOSTS |= {
    "AUTH_HOST": "::1",
    "TRANSACTION_HOST": "::1",
    "SIMULATOR_HOST": "127.0.0.2",
    "NOTIFICATION_HOST": "127.0.0.3",
}
CONFIGURED = (GATEWAY, REPORTING, SIMULATOR, NOTIFICATION)
"""Found by `<SERVICE>_SERVICE_URL`; the others through Consul."""


@dataclass(frozen=True)
class Surroundings:
    """What runs beside the bank: an agent, counters, a mail server with its certificate, pages of rates by source; and
    the ports of its services.
    """

    data: Path
    consul_port: int
    redis_url: str
    mail: MailServer
    certificate: Path
    rate_pages: Mapping[str, str]
    ports: Mapping[str, int]

    @property
    def logs(self) -> Path:
        """Where log files go."""
        return self.data.parent / LOG_FOLDER


def of_the_machine() -> dict[str, str]:
    """Where each service listens, IPv6 and everywhere among them, and with how many processes and threads."""
    return {
        **HOSTS,
        "GATEWAY_WORKERS": "2",
        "AUTH_WORKERS": "2",
        "ACCOUNT_WORKERS": "2",
        **{f"{service.env_prefix}_THREADS": "24" for service in SERVICES},
    }


def of_the_bank() -> dict[str, str]:
    """What the bank is, and what it allows."""
    return {
        "BANK_NAME": "Bänk & Söhne",
        "BANK_CURRENCY": "CHF",
        "BANK_TIME_ZONE": "Asia/Tokyo",
        "BANK_COUNTRY": "AT",
        "BANK_CODE": "12000",
        "BANK_MOVEMENT_LIMIT": str(MOVEMENT_LIMIT),
        "BANK_DAILY_LIMIT": str(DAILY_LIMIT),
        "BANK_ACCOUNTS_PER_PERSON": str(ACCOUNTS_PER_PERSON),
        "BANK_CARDS_PER_ACCOUNT": str(CARDS_PER_ACCOUNT),
        "BANK_PAYEES_PER_PERSON": str(PAYEES_PER_PERSON),
        "ACCOUNT_REVEAL_RATE": f"{REVEALS}/hour",
        "BANK_ADMIN_USERNAME": ADMIN["username"],
        "BANK_ADMIN_PASSWORD": ADMIN["password"],
        "BANK_PASSWORD_MIN_LENGTH": str(PASSWORD_LENGTH),
        "BANK_LARGE_PAYMENT": "5.00",
        "BANK_RECONCILE_SECONDS": "1",
        "BANK_IDEMPOTENCY_DAYS": "7",
        "BANK_EXCHANGE_MARGIN": str(EXCHANGE_MARGIN),
        "WEBHOOK_ALLOWED_HOSTS": f"erp.internal, {INNER_HOST}",
        "SMTP_FROM": "post@bank.example",
        "OWNER_EMAIL": "owner@bank.example",
        "BANK_PUBLIC_URL": PUBLIC_URL,
        "BANK_LOG_LEVEL": "WARNING",
        "BANK_LOG_DAYS": "14",
        "BANK_AUDIT_DAYS": "3653",
        "ACCOUNT_LOOKUP_RATE": f"{LOOKUPS} per minute",
        "AUTH_ACCESS_TOKEN_SECONDS": str(TOKEN_SECONDS),
        "AUTH_REFRESH_TOKEN_DAYS": "3",
        "AUTH_SESSIONS_PER_PERSON": str(SESSIONS),
        "AUTH_KEY_ROTATION_HOURS": "5",
        "AUTH_PASSWORD_HASH": "scrypt:1024:8:2",
        "AUTH_PASSWORD_HASHES_AT_ONCE": "3",
        "SIMULATOR_PATIENCE_SECONDS": "120",
    }


def of_mail(server: MailServer, certificate: Path) -> dict[str, str]:
    """A mail server that wants STARTTLS and a log-in, and proves its name by this certificate."""
    return {
        "SMTP_SERVER": server.host,
        "SMTP_PORT": str(server.port),
        "SMTP_USERNAME": server.username,
        "SMTP_PASSWORD": server.password,
        "SSL_CERT_FILE": str(certificate),
    }


def of_the_gateway() -> dict[str, str]:
    """Whom the gateway listens to, and how often."""
    return {
        "SESSION_SECRET": SESSION_SECRET,
        "GATEWAY_DEADLINE_SECONDS": "25",
        "GATEWAY_API_LIMIT": f"{REQUESTS}/minute",
        "GATEWAY_SIGN_IN_LIMIT": f"{SIGN_INS}/minute",
        "GATEWAY_TRUSTED_PROXIES": f"{TRUSTED_PROXY}, ::1, fd00::/8",
        "GATEWAY_HOSTS": f"{HOST_NAME}, 127.0.0.1, [::1]",
        "GATEWAY_CORS_ORIGINS": ALLOWED_ORIGIN,
    }


def of_storage_and_secrets(data: Path) -> dict[str, str]:
    """A database elsewhere, and every secret given instead of made."""
    return {
        "REPORTING_DATABASE_URL": f"sqlite:///{data.parent / 'the read side.db'}",
        "SIMULATOR_LOG_IN_SECRET": "the people's passwords come from this one",
        "NOTIFICATION_WEBHOOK_KEY": "the secrets of webhooks are encrypted with this one",
        "REPORTING_AUDIT_KEY": "the audit trail is sealed with this one",
        "REPORTING_OLDER_AUDIT_KEYS": "the-one-before and-the-one-before-that",
        "REPORTING_AUDIT_HEAD_FILE": str(data.parent / "the end of the trail.json"),
        "ACCOUNT_CARD_KEY": "what is printed on cards is encrypted with this one",
        "TRANSACTION_CARD_KEY": "digests of card numbers are made with this one",
        **{
            f"{service.env_prefix}_SEAL_KEY": f"the {service.name} seals its rows"
            for service in (SIMULATOR, NOTIFICATION)
        },
        **{
            f"{service.env_prefix}_OLDER_SEAL_KEYS": "one-of-before another-of-before"
            for service in (SIMULATOR, NOTIFICATION)
        },
        **{f"{service.env_prefix}_CLIENT_SECRET": f"the {service.name} proves itself" for service in SERVICES},
    }


def of_rates(pages: Mapping[str, str]) -> dict[str, str]:
    """Sources elsewhere, asked by the bank itself; one of them is switched off."""
    return {
        "RATES_REFRESH_HOURS": "1",
        "RATES_ECB_URL": pages["ecb"],
        "RATES_ECB_KEY_RATES_URL": pages["ecb-key-rates"],
        "RATES_BOE_URL": pages["bank-of-england"],
        "RATES_FDIC_URL": "",
    }


def of_finding_one_another(around: Surroundings) -> dict[str, str]:
    """Some are found by an address that is given, with and without a slash at its end, the others through Consul."""
    urls = {}
    for service in CONFIGURED:
        host = {"::": "[::1]"}.get(HOSTS[f"{service.env_prefix}_HOST"], HOSTS[f"{service.env_prefix}_HOST"])
        end = "/" if service == NOTIFICATION else ""
        urls[f"{service.env_prefix}_SERVICE_URL"] = f"http://{host}:{around.ports[service.name]}{end}"
    return {"CONSUL_HOST": "127.0.0.1", "CONSUL_PORT": str(around.consul_port), "REDIS_URL": around.redis_url, **urls}


def changed_settings(around: Surroundings) -> dict[str, str]:
    """All of them."""
    return {
        "BANK_LOG_DIR": str(around.logs),
        **of_the_machine(),
        **of_the_bank(),
        **of_the_gateway(),
        **of_storage_and_secrets(around.data),
        **of_mail(around.mail, around.certificate),
        **of_rates(around.rate_pages),
        **of_finding_one_another(around),
    }

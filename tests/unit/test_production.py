"""A bank in production starts with nothing that is fit for a laptop alone: each is refused by a sentence of its own."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from shared import settings
from shared.services import BACKENDS, NOTIFICATION, SERVICES, SIMULATOR, Service
from shared.settings import MissingSettingError

SAFE = {
    "BANK_ENV": "production",
    "BANK_ADMIN_PASSWORD": "seven brass kettles boil",
    "BANK_PUBLIC_URL": "https://bank.example",
    "GATEWAY_HOSTS": "bank.example, 127.0.0.1",
    "GATEWAY_TRUSTED_PROXIES": "127.0.0.1",
    **{
        name: f"what {name} is, which nobody else could guess"
        for name in (
            "SESSION_SECRET",
            "SIMULATOR_LOG_IN_SECRET",
            "ACCOUNT_CARD_KEY",
            "TRANSACTION_CARD_KEY",
            "NOTIFICATION_WEBHOOK_KEY",
            "REPORTING_AUDIT_KEY",
            *(f"{service.env_prefix}_SEAL_KEY" for service in (SIMULATOR, NOTIFICATION)),
            *(f"{service.env_prefix}_CLIENT_SECRET" for service in SERVICES),
        )
    },
}
"""A bank that starts. Everything below is this with one thing worse."""
SECRETS = [name for name in SAFE if name.endswith(("_SECRET", "_KEY")) and name != "AUTH_CLIENT_SECRET"]
UNSAFE: list[tuple[str, str, str]] = [
    *[(name, "", f"{name} is not set") for name in SECRETS],
    *[(name, "x" * 31, f"{name} is shorter than 32 characters") for name in SECRETS],
    *[(name, SAFE["SESSION_SECRET"], f"SESSION_SECRET and {name} are the same secret") for name in SECRETS[1:]],
    ("GATEWAY_TRUSTED_PROXIES", "", "GATEWAY_TRUSTED_PROXIES names no TLS proxy"),
    ("GATEWAY_TRUSTED_PROXIES", "0.0.0.0/0", "GATEWAY_TRUSTED_PROXIES has everybody say"),
    ("GATEWAY_TRUSTED_PROXIES", "127.0.0.1, ::/0", "GATEWAY_TRUSTED_PROXIES has everybody say"),
    ("GATEWAY_HOSTS", "", "GATEWAY_HOSTS is not set"),
    ("GATEWAY_CORS_ORIGINS", "*", "GATEWAY_CORS_ORIGINS lets in"),
    ("GATEWAY_CORS_ORIGINS", "localhost", "GATEWAY_CORS_ORIGINS lets in"),
    ("GATEWAY_CORS_ORIGINS", "https://app.example, http://app.example", "GATEWAY_CORS_ORIGINS lets in"),
    ("BANK_PUBLIC_URL", "", "BANK_PUBLIC_URL does not begin with https://"),
    ("BANK_PUBLIC_URL", "http://bank.example", "BANK_PUBLIC_URL does not begin with https://"),
    ("AUTH_PASSWORD_HASH", "scrypt:1024:8:1", "AUTH_PASSWORD_HASH is 'scrypt:1024:8:1', too cheap"),
]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AUTH_PASSWORD_HASH", "GATEWAY_CORS_ORIGINS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path))
    for name, value in SAFE.items():
        monkeypatch.setenv(name, value)


def starts(service: Service) -> Callable[[], object]:
    """What a service reads before it listens, and what it needs to prove itself."""

    def read() -> None:
        settings.check_surroundings()
        import_module(f"{service.package}.settings").Settings.from_environment()
        settings.client_secret(service)

    return read


def refusals() -> list[str]:
    """What each service says that does not start."""
    said = []
    for service in SERVICES:
        try:
            starts(service)()
        except MissingSettingError as refused:
            said.append(str(refused))
    return said


def test_a_bank_whose_settings_are_safe_starts_and_makes_no_secrets(tmp_path: Path) -> None:
    assert refusals() == []
    assert not (tmp_path / "secrets").exists()


@pytest.mark.parametrize(("name", "value", "sentence"), UNSAFE, ids=[sentence for _, _, sentence in UNSAFE])
def test_an_unsafe_setting_is_refused_in_one_sentence(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    said = set(refusals())
    assert len(said) == 1, said
    (only,) = said
    assert only.startswith(sentence)
    assert "\n" not in only


def test_the_table_has_every_secret_there_is() -> None:
    without = {f"{service.env_prefix}_SEAL_KEY" for service in SERVICES} - {
        "SIMULATOR_SEAL_KEY",
        "NOTIFICATION_SEAL_KEY",
    }
    assert set(settings.secret_names()) - without - {"AUTH_CLIENT_SECRET"} == set(SECRETS)


def test_in_development_all_of_it_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_ENV", "development")
    for name, value, _ in UNSAFE:
        monkeypatch.setenv(name, value)
        assert refusals() == []
        monkeypatch.setenv(name, SAFE.get(name, ""))
    assert len(BACKENDS) == 6

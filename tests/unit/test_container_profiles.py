"""What a profile of docker-compose.yml means for a service in its container."""

import ipaddress

import pytest

from deploy.container import profiles, start
from deploy.container.bank_secrets import complete, database_password
from shared.services import ACCOUNT, AUTH, BACKENDS, GATEWAY, SERVICES, TRANSACTION

SECRETS = {"ACCOUNT_CLIENT_SECRET": "client", "ACCOUNT_CARD_KEY": "card", "ACCOUNT_DATABASE_PASSWORD": "p-w_d"}
ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000012AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
"""
"""A container on 172.18.0.0/16, whose machine is 172.18.0.1."""


def told(given: str, **surroundings: str) -> dict[str, str]:
    return start.environment_of(ACCOUNT, SECRETS, {"SANDBANK_PROFILES": given, **surroundings})


def test_without_a_profile_services_are_on_files_and_find_one_another_by_name() -> None:
    environment = told("")
    for service in SERVICES:
        assert environment[f"{service.env_prefix}_SERVICE_URL"] == f"http://{service.name}:{service.default_port}"
    assert environment["ACCOUNT_HOST"] == "0.0.0.0"  # noqa: S104
    assert environment["ACCOUNT_CARD_KEY"] == "card"
    assert environment["BANK_PUBLIC_URL"] == "http://127.0.0.1:5000"
    assert not [name for name in environment if "DATABASE" in name or "CONSUL" in name or "OTEL" in name]
    assert told("sqlite") == {**environment, "SANDBANK_PROFILES": "sqlite"}


def test_with_consul_no_address_is_said_as_it_would_win() -> None:
    environment = told("consul,postgresql")
    assert environment["CONSUL_HOST"] == "consul"
    assert not [name for name in environment if name.endswith("_SERVICE_URL")]


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("postgresql", "postgresql://account_service:p-w_d@postgresql:5432/account_service"),
        ("mariadb", "mariadb://account_service:p-w_d@mariadb:3306/account_service"),
    ],
)
def test_on_a_server_each_service_has_its_own_database_and_nobody_is_told_the_password_twice(
    kind: str, url: str
) -> None:
    environment = told(kind)
    assert environment["ACCOUNT_DATABASE_URL"] == url
    assert "ACCOUNT_DATABASE_PASSWORD" not in environment
    secrets = complete({})
    gateway = start.environment_of(GATEWAY, secrets[GATEWAY.name], {"SANDBANK_PROFILES": kind})
    assert not [name for name in gateway if "DATABASE" in name], "it has none"
    urls = [
        start.environment_of(one, secrets[one.name], {"SANDBANK_PROFILES": kind})[f"{one.env_prefix}_DATABASE_URL"]
        for one in BACKENDS
    ]
    assert len(set(urls)) == len(BACKENDS)


def test_a_server_elsewhere_is_reached_where_it_was_said() -> None:
    environment = told(
        "postgresql", SANDBANK_DATABASE_HOST="db.example:6432", SANDBANK_DATABASE_OPTIONS="sslmode=require"
    )
    url = "postgresql://account_service:p-w_d@db.example:6432/account_service?sslmode=require"
    assert environment["ACCOUNT_DATABASE_URL"] == url


def test_what_somebody_sets_by_hand_wins_and_what_is_empty_is_not_set() -> None:
    environment = told("postgresql", ACCOUNT_DATABASE_URL="postgresql://elsewhere/x", BANK_PUBLIC_URL="", BANK_NAME="")
    assert environment["ACCOUNT_DATABASE_URL"] == "postgresql://elsewhere/x"
    assert environment["BANK_PUBLIC_URL"] == "http://127.0.0.1:5000"
    assert "BANK_NAME" not in environment


def test_a_secret_wins_over_the_surroundings() -> None:
    assert told("", ACCOUNT_CLIENT_SECRET="stale")["ACCOUNT_CLIENT_SECRET"] == "client"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("postgres", "names postgres; there are consul, mariadb, observability, postgresql, sqlite, tls"),
        ("postgresql,mariadb", "names mariadb and postgresql; a bank has its data in one of them"),
        ("sqlite, postgresql", "names postgresql and sqlite"),
    ],
)
def test_a_profile_that_there_is_not_keeps_the_bank_from_starting_on_the_wrong_database(given: str, words: str) -> None:
    with pytest.raises(profiles.ProfileError, match=words):
        profiles.read(given)


def test_nginx_is_believed_and_the_machine_that_passes_on_a_published_port_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    networks = [ipaddress.ip_network(one) for one in profiles.neighbours(ROUTES)]

    def is_trusted(address: str) -> bool:
        return any(ipaddress.ip_address(address) in network for network in networks)

    assert all(is_trusted(address) for address in ("172.18.0.2", "172.18.255.254", "172.18.0.128"))
    assert not any(is_trusted(address) for address in ("172.18.0.1", "172.17.0.2", "127.0.0.1", "10.0.0.1"))

    class Routes:
        @staticmethod
        def read_text() -> str:
            return ROUTES

    monkeypatch.setattr(profiles, "_ROUTES", Routes)
    chosen = profiles.read("tls")
    for service, has in ((GATEWAY, True), (AUTH, False)):
        assert ("GATEWAY_TRUSTED_PROXIES" in profiles.settings_for(service, chosen, {}, {})) is has


@pytest.mark.parametrize(
    ("surroundings", "url"),
    [
        ({}, "https://localhost:8443"),
        ({"SANDBANK_TLS_HOST": "bank.example", "SANDBANK_TLS_PORT": "443"}, "https://bank.example"),
        ({"SANDBANK_TLS_PORT": "9443"}, "https://localhost:9443"),
    ],
)
def test_links_in_mail_lead_to_where_people_come_in(surroundings: dict[str, str], url: str) -> None:
    assert profiles.public_url(profiles.read("tls"), surroundings) == url


def test_a_bank_in_production_is_told_by_hand_where_people_find_it() -> None:
    assert "BANK_PUBLIC_URL" not in told("", BANK_ENV="production")


def test_every_service_that_has_a_database_has_a_password_for_it() -> None:
    assert database_password(TRANSACTION) in complete({})[TRANSACTION.name]
    assert complete({"TRANSACTION_CARD_KEY": "kept"})[TRANSACTION.name]["TRANSACTION_CARD_KEY"] == "kept"

"""docker-compose.yml runs every service of the one list, each with what is its own and nothing of the others."""

from typing import Any

import pytest
import yaml

from deploy.container.bank_secrets import names_for
from shared.services import (
    ACCOUNT,
    AUTH,
    BACKENDS,
    GATEWAY,
    NOTIFICATION,
    REPORTING,
    SERVICES,
    SIMULATOR,
    TRANSACTION,
    Service,
)
from tests.architecture.sources import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text().splitlines()
EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.package)


def test_every_service_has_a_container_beside_the_registry_and_the_secrets() -> None:
    assert set(CONTAINERS) == {service.name for service in SERVICES} | {"consul", "secrets"}


@EVERY_SERVICE
def test_a_container_is_told_which_service_it_is_and_where_it_listens(service: Service) -> None:
    environment = CONTAINERS[service.name]["environment"]
    assert environment["SANDBANK_SERVICE"] == service.package
    assert environment[f"{service.env_prefix}_HOST"]
    others = {one.env_prefix for one in SERVICES} - {service.env_prefix}
    assert not [name for name in environment if name.partition("_")[0] in others]


@EVERY_SERVICE
def test_services_find_one_another_through_consul_alone(service: Service) -> None:
    environment = CONTAINERS[service.name]["environment"]
    assert environment["CONSUL_HOST"] == "consul"
    assert not [name for name in environment if name.endswith(("_SERVICE_URL", "_PORT")) and name != "CONSUL_PORT"]
    assert CONTAINERS[service.name]["depends_on"]["consul"] == {"condition": "service_healthy"}


@EVERY_SERVICE
def test_a_container_mounts_its_own_data_and_its_own_secrets(service: Service) -> None:
    volumes = [f"secrets-{service.name}:/secrets:ro"]
    if service in BACKENDS:
        volumes.append(f"data-{service.name}:/data")
    assert CONTAINERS[service.name]["volumes"] == volumes
    assert {volume.partition(":")[0] for volume in volumes} <= set(COMPOSE["volumes"])


def test_every_service_gets_its_secrets_from_the_one_that_makes_them() -> None:
    made = {f"secrets-{service.name}:/secrets/{service.name}" for service in SERVICES}
    assert set(CONTAINERS["secrets"]["volumes"]) == made
    for service in SERVICES:
        awaited = CONTAINERS[service.name]["depends_on"]["secrets"]
        assert awaited == {"condition": "service_completed_successfully"}


def test_no_secret_stands_in_the_file() -> None:
    secret = {name for service in SERVICES for name in names_for(service)}
    assert len(secret) == len(SERVICES) - 1 + 9  # each but auth has a client secret; nine one alone knows
    for container in CONTAINERS.values():
        assert secret.isdisjoint(container.get("environment", {}))


def test_only_the_gateway_is_published_and_on_this_machine_alone() -> None:
    published = {name: container["ports"] for name, container in CONTAINERS.items() if "ports" in container}
    assert published == {GATEWAY.name: [f"127.0.0.1:${{GATEWAY_PORT:-{GATEWAY.default_port}}}:{GATEWAY.default_port}"]}


@EVERY_SERVICE
def test_a_container_can_do_little_beside_its_work(service: Service) -> None:
    container = CONTAINERS[service.name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]


def test_the_image_is_built_in_stages_on_a_base_that_can_be_chosen_and_runs_as_nobody_special() -> None:
    bases = [line for line in DOCKERFILE if line.startswith("FROM ")]
    assert bases == ["FROM ${BASE_IMAGE} AS build", "FROM ${BASE_IMAGE}"]
    users = [line for line in DOCKERFILE if line.startswith("USER ")]
    assert users == ["USER sandbank"]
    assert DOCKERFILE.index("USER sandbank") > DOCKERFILE.index(bases[1])
    assert any(line.startswith("HEALTHCHECK ") for line in DOCKERFILE)


def test_the_registry_and_the_base_image_can_be_chosen() -> None:
    assert CONTAINERS["consul"]["image"].startswith("${SANDBANK_CONSUL_IMAGE:-")
    built = {name: container["build"] for name, container in CONTAINERS.items() if "build" in container}
    assert list(built) == ["secrets"], "one image for all is built once"
    assert built["secrets"]["args"]["BASE_IMAGE"].startswith("${SANDBANK_BASE_IMAGE:-")
    assert {CONTAINERS[name]["image"] for name in (*built, *(service.name for service in SERVICES))} == {
        "${SANDBANK_IMAGE:-sandbank:local}"
    }


def test_auth_knows_every_services_secret_and_no_other_service_more_than_its_own() -> None:
    alone = {
        GATEWAY: {"SESSION_SECRET"},
        ACCOUNT: {"ACCOUNT_CARD_KEY"},
        SIMULATOR: {"SIMULATOR_LOG_IN_SECRET", "SIMULATOR_SEAL_KEY"},
        NOTIFICATION: {"NOTIFICATION_SEAL_KEY", "NOTIFICATION_WEBHOOK_KEY"},
        TRANSACTION: {"TRANSACTION_CARD_KEY"},
        REPORTING: {"REPORTING_AUDIT_KEY"},
    }
    own = {service: {f"{service.env_prefix}_CLIENT_SECRET"} for service in SERVICES if service != AUTH}
    assert set(names_for(AUTH)) == {"BANK_ADMIN_PASSWORD"}.union(*own.values())
    for service, names in own.items():
        assert set(names_for(service)) == names | alone.get(service, set())

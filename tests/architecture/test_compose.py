"""docker-compose.yml runs every service of the one list, each with what is its own and nothing of the others."""

from typing import Any

import pytest
import yaml

from deploy.container import profiles
from deploy.container.bank_secrets import folders, names_for
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


def test_without_a_profile_there_is_a_container_for_every_service_and_what_runs_once_from_the_same_image() -> None:
    always = {name for name, container in CONTAINERS.items() if "profiles" not in container}
    assert always == {service.name for service in SERVICES} | {"demo-world", "secrets"}
    assert {CONTAINERS[name]["image"] for name in always} == {"${SANDBANK_IMAGE:-sandbank:local}"}


def test_the_profiles_of_the_file_are_those_that_containers_know() -> None:
    found = {name for container in CONTAINERS.values() for name in container.get("profiles", ())}
    assert found | {profiles.SQLITE} == profiles.KNOWN
    for name in profiles.KNOWN:
        assert f"`{name}`" in (ROOT / "docs" / "compose.md").read_text()
    for kind, port in profiles.DATABASES.items():
        assert CONTAINERS[kind]["profiles"] == [kind], "services look for it by this name"
        assert port in (5432, 3306)


def test_nothing_that_is_always_there_waits_for_what_a_profile_adds() -> None:
    """Without the profile there is no such container, and docker-compose refuses the whole file."""
    for name, container in CONTAINERS.items():
        for awaited in container.get("depends_on", ()):
            assert set(CONTAINERS[awaited].get("profiles", ())) <= set(container.get("profiles", ())), name


@EVERY_SERVICE
def test_a_container_is_told_which_service_it_is_and_what_stands_beside_it(service: Service) -> None:
    environment = CONTAINERS[service.name]["environment"]
    assert environment["SANDBANK_SERVICE"] == service.package
    assert environment["SANDBANK_PROFILES"] == "${COMPOSE_PROFILES:-}"
    others = {one.env_prefix for one in SERVICES} - {service.env_prefix}
    assert not [name for name in environment if name.partition("_")[0] in others]


@EVERY_SERVICE
def test_where_the_others_are_is_said_by_the_profiles_alone(service: Service) -> None:
    environment = CONTAINERS[service.name]["environment"]
    assert not [name for name in environment if name.endswith(("_SERVICE_URL", "_DATABASE_URL")) or "CONSUL" in name]
    assert set(CONTAINERS[service.name]["depends_on"]) == {"secrets"}


@EVERY_SERVICE
def test_a_container_mounts_its_own_data_and_its_own_secrets(service: Service) -> None:
    volumes = [f"secrets-{service.name}:/secrets:ro"]
    if service in BACKENDS:
        volumes.append(f"data-{service.name}:/data")
    assert CONTAINERS[service.name]["volumes"] == volumes
    assert {volume.partition(":")[0] for volume in volumes} <= set(COMPOSE["volumes"])


def test_every_service_gets_its_secrets_from_the_one_that_makes_them() -> None:
    made = {f"secrets-{folder}:/secrets/{folder}" for folder in folders()}
    assert set(CONTAINERS["secrets"]["volumes"]) == made
    for service in SERVICES:
        awaited = CONTAINERS[service.name]["depends_on"]["secrets"]
        assert awaited == {"condition": "service_completed_successfully"}


def test_no_secret_stands_in_the_file() -> None:
    secret = {name for names in folders().values() for name in names}
    # Each but auth has a client secret, each but the gateway a database; ten are one's alone.
    assert len(secret) == 2 * (len(SERVICES) - 1) + 10
    for container in CONTAINERS.values():
        assert secret.isdisjoint(container.get("environment", {}))


def test_only_the_gateway_is_published_and_on_this_machine_alone() -> None:
    published = {name: container["ports"] for name, container in CONTAINERS.items() if "ports" in container}
    assert published[GATEWAY.name] == [f"127.0.0.1:${{GATEWAY_PORT:-{GATEWAY.default_port}}}:{GATEWAY.default_port}"]
    assert set(published) == {GATEWAY.name, "nginx", "prometheus", "jaeger", "grafana"}
    for ports in published.values():
        assert [port.startswith(("127.0.0.1:", "${TLS_ADDRESS:-127.0.0.1}:")) for port in ports] == [True]


@pytest.mark.parametrize("name", [name for name in CONTAINERS if name != "consul"])
def test_a_container_can_do_little_beside_its_work(name: str) -> None:
    container = CONTAINERS[name]
    if container["image"].startswith("${SANDBANK_IMAGE:"):
        assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert set(container.get("cap_add", ())) <= {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
    assert "cap_add" not in container or name in profiles.DATABASES


def test_every_file_that_a_container_mounts_is_there() -> None:
    mounted = {
        volume.split(":")[0]
        for container in CONTAINERS.values()
        for volume in container.get("volumes", ())
        if volume.startswith("./")
    }
    assert mounted == {"./deploy/nginx/container.conf", "./deploy/observability"}
    assert all((ROOT / path).exists() for path in mounted)


def test_prometheus_reads_every_service_where_it_listens() -> None:
    read = yaml.safe_load((ROOT / "deploy" / "observability" / "prometheus.yml").read_text())
    (job,) = read["scrape_configs"]
    assert job["job_name"] == "sandbank", "the alert rules ask for it"
    (targets,) = job["static_configs"]
    assert targets["targets"] == [f"{service.name}:{service.default_port}" for service in SERVICES]


def test_prometheus_and_grafana_find_the_rules_and_dashboards_of_this_repository() -> None:
    folder = ROOT / "deploy" / "observability"
    read = yaml.safe_load((folder / "prometheus.yml").read_text())["rule_files"]
    provisioning = folder / "grafana" / "provisioning"
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "files.yml").read_text())["providers"]
    for inside in (*read, provider["options"]["path"]):
        assert inside.startswith("/etc/observability/")
        assert (folder / inside.removeprefix("/etc/observability/")).exists()
    assert CONTAINERS["grafana"]["environment"]["GF_PATHS_PROVISIONING"] == "/etc/observability/grafana/provisioning"
    sources = yaml.safe_load((provisioning / "datasources" / "sources.yml").read_text())["datasources"]
    for source in sources:
        host, port = source["url"].removeprefix("http://").split(":")
        assert CONTAINERS[host]["ports"][0].endswith(f":{port}")


def test_nginx_hands_on_who_is_calling_and_lets_the_gateway_decide() -> None:
    conf = (ROOT / "deploy" / "nginx" / "container.conf").read_text()
    for words in (
        f"http://{GATEWAY.name}:{GATEWAY.default_port};",
        "X-Forwarded-For $remote_addr;",
        "X-Forwarded-Proto https;",
        "Host $http_host;",
        "proxy_next_upstream off;",
    ):
        assert words in conf


def test_the_image_is_built_in_stages_on_a_base_that_can_be_chosen_and_runs_as_nobody_special() -> None:
    bases = [line for line in DOCKERFILE if line.startswith("FROM ")]
    assert bases == ["FROM ${BASE_IMAGE} AS build", "FROM ${BASE_IMAGE}"]
    users = [line for line in DOCKERFILE if line.startswith("USER ")]
    assert users == ["USER sandbank"]
    assert DOCKERFILE.index("USER sandbank") > DOCKERFILE.index(bases[1])
    assert any(line.startswith("HEALTHCHECK ") for line in DOCKERFILE)


def test_the_registry_and_the_base_image_can_be_chosen() -> None:
    for name, container in CONTAINERS.items():
        assert container["image"].startswith("${SANDBANK_"), name
        assert ":latest" not in container["image"], name
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
    database = {service: {f"{service.env_prefix}_DATABASE_PASSWORD"} for service in BACKENDS}
    assert set(names_for(AUTH)) == {"BANK_ADMIN_PASSWORD"}.union(database[AUTH], *own.values())
    for service, names in own.items():
        assert set(names_for(service)) == names | alone.get(service, set()) | database.get(service, set())


def pins(name: str) -> dict[str, str]:
    """The packages of a lock file with their releases."""
    lines = (ROOT / name).read_text().splitlines()
    return {line.split("==")[0]: line.split("==")[1].split()[0] for line in lines if "==" in line and line[0].isalnum()}


def test_the_image_has_what_the_bank_has_everywhere_and_the_drivers_that_are_tested() -> None:
    """`make lock` writes all of these files."""
    usual, drivers, tested = (pins(f"requirements{name}.lock") for name in ("", "-drivers", "-dev"))
    assert drivers.keys() == {"psycopg", "psycopg-binary", "pymysql"}
    assert drivers.keys() & usual.keys() == set()
    assert {name: tested[name] for name in drivers} == drivers
    for name in ("requirements.lock", "requirements-drivers.lock"):
        assert f"-r {name}" in "\n".join(DOCKERFILE)

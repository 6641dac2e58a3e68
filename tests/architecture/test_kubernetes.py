"""deploy/kubernetes is valid, says what the code says, and lets nobody do or reach more than they need."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from deploy.container.bank_secrets import FILE_NAME, complete, folders, parse
from deploy.container.kubernetes_secrets import manifest, secret_name
from deploy.container.profiles import DATABASES
from deploy.container.start import environment_of
from shared.services import BACKENDS, GATEWAY, SERVICES, SIMULATOR, Service
from shared.settings import SEVERAL_ON_ANY_DATABASE, check_surroundings, database_url, is_on_server
from tests.architecture.kustomize import Resource, documents, rendered
from tests.architecture.sources import ROOT
from tests.architecture.test_settings import SETTING

FOLDER = ROOT / "deploy" / "kubernetes"
NAMES = ("sqlite", "postgresql")
OVERLAYS: dict[str, list[Resource]] = {name: rendered(FOLDER / "overlays" / name) for name in NAMES}
INGRESS = FOLDER / "ingress.example.yaml"
EVERY_OVERLAY = pytest.mark.parametrize("overlay", NAMES)
EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.package)
PART_OF, NAME, COMPONENT = (f"app.kubernetes.io/{word}" for word in ("part-of", "name", "component"))
OF_CONTAINERS = {
    "SANDBANK_SERVICE", "SANDBANK_PROFILES", "SANDBANK_DATABASE_HOST", "SANDBANK_DATABASE_OPTIONS",
    "DATABASE_ADMIN_USERNAME",
}  # fmt: skip
"""What deploy/container reads; everything else is a setting of the bank."""


def every(overlay: str, kind: str) -> dict[str, Resource]:
    """The resources of this kind, by name."""
    return {one["metadata"]["name"]: one for one in OVERLAYS[overlay] if one["kind"] == kind}


def pod_specs(overlay: str) -> Iterator[tuple[str, dict[str, Any], dict[str, str]]]:
    """Each pod that is made: the name of what makes it, what is in it, its labels."""
    for kind in ("Deployment", "Job"):
        for name, one in every(overlay, kind).items():
            template = one["spec"]["template"]
            yield name, template["spec"], template["metadata"]["labels"]


def pod_of(overlay: str, service: Service) -> dict[str, Any]:
    spec: dict[str, Any] = every(overlay, "Deployment")[service.name]["spec"]["template"]["spec"]
    return spec


def settings_of(overlay: str) -> dict[str, str]:
    data: dict[str, str] = every(overlay, "ConfigMap")["sandbank-settings"]["data"]
    return data


def invalid(resource: Resource) -> str | None:
    """What the newest schemas of Kubernetes, strictly read, find wrong; None for nothing."""
    try:
        kubernetes_validate.validate(resource, kubernetes_validate.latest_version(), strict=True)
    except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
        return f"{resource['kind']} {resource['metadata']['name']}: {error}"
    return None


@EVERY_OVERLAY
def test_everything_is_what_kubernetes_knows_and_nothing_is_misspelt(overlay: str) -> None:
    assert [
        problem
        for resource in (*OVERLAYS[overlay], *documents(INGRESS), *manifest({})["items"])
        if (problem := invalid(resource)) is not None
    ] == []


def test_a_misspelt_field_is_found() -> None:
    pod = {**every("sqlite", "Deployment")[GATEWAY.name]}
    pod["spec"] = {**pod["spec"], "replica": 2}
    problem = invalid(pod)
    assert problem is not None
    assert "replica" in problem


@EVERY_OVERLAY
@EVERY_SERVICE
def test_a_service_is_found_under_its_name_and_port_where_the_others_look_for_it(
    overlay: str, service: Service
) -> None:
    found = every(overlay, "Service")[service.name]
    deployment = every(overlay, "Deployment")[service.name]
    assert [port["port"] for port in found["spec"]["ports"]] == [service.default_port]
    assert found["spec"]["selector"].items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["ports"] == [{"name": "http", "containerPort": service.default_port}]
    assert {one["name"]: one["value"] for one in container["env"]} == {"SANDBANK_SERVICE": service.package}


@EVERY_OVERLAY
def test_there_is_a_deployment_of_each_service_and_of_nothing_else_of_ours(overlay: str) -> None:
    ours = {name for name, one in every(overlay, "Deployment").items() if PART_OF in one["metadata"]["labels"]}
    assert ours == {service.name for service in SERVICES}


@EVERY_OVERLAY
def test_what_containers_are_told_is_in_the_document_of_settings_and_holds_no_secret(overlay: str) -> None:
    documented = {
        name.replace("<SERVICE>", service.env_prefix)
        for name in SETTING.findall((ROOT / "docs" / "settings.md").read_text())
        for service in SERVICES
    }
    told = set(settings_of(overlay))
    for _, spec, _ in pod_specs(overlay):
        told |= {one["name"] for container in spec["containers"] for one in container.get("env", ())}
    assert told - OF_CONTAINERS - documented - {"GATEWAY_HOST"} == set()
    assert told.isdisjoint(name for names in folders().values() for name in names)
    assert every(overlay, "Secret") == {}


@EVERY_OVERLAY
def test_each_pod_mounts_its_own_secrets_and_the_command_makes_each(overlay: str) -> None:
    made = {one["metadata"]["name"] for one in manifest({})["items"]}
    mounted = {
        name: [volume["secret"]["secretName"] for volume in spec.get("volumes", ()) if "secret" in volume]
        for name, spec, _ in pod_specs(overlay)
    }
    mounted.pop("redis", None)
    assert mounted == {name: [secret_name(name)] for name in mounted}
    assert {secret for secrets in mounted.values() for secret in secrets} <= made


def test_the_command_makes_new_secrets_and_keeps_what_it_is_given() -> None:
    first, second = manifest({}), manifest({"DATABASE_ADMIN_PASSWORD": "given"})
    assert [one["metadata"]["name"] for one in first["items"]] == [secret_name(folder) for folder in folders()]
    for folder, one, other in zip(folders(), first["items"], second["items"], strict=True):
        told, again = (parse(each["stringData"][FILE_NAME]) for each in (one, other))
        assert list(told) == folders()[folder]
        assert all(value != again[name] for name, value in told.items())
    assert "DATABASE_ADMIN_PASSWORD=given\n" in second["items"][-2]["stringData"][FILE_NAME]


@EVERY_OVERLAY
def test_every_pod_is_nobody_special_and_writes_to_its_volumes_alone(overlay: str) -> None:
    assert (
        every(overlay, "Namespace")["sandbank"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        == "restricted"
    )
    (account,) = every(overlay, "ServiceAccount").values()
    assert account["automountServiceAccountToken"] is False
    for name, spec, _ in pod_specs(overlay):
        assert spec["serviceAccountName"] == account["metadata"]["name"], name
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["enableServiceLinks"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name
            assert "memory" in container["resources"]["limits"], name
            assert not container["image"].endswith(":latest")
            assert ":" in container["image"]


@EVERY_OVERLAY
@EVERY_SERVICE
def test_a_service_says_when_it_serves_and_a_database_that_is_away_restarts_nobody(
    overlay: str, service: Service
) -> None:
    spec = pod_of(overlay, service)
    (container,) = spec["containers"]
    for probe in ("startupProbe", "readinessProbe"):
        assert container[probe]["httpGet"] == {"path": "/api/health", "port": "http"}
    assert container["livenessProbe"].keys() & {"httpGet", "exec"} == set()
    assert container["livenessProbe"]["tcpSocket"] == {"port": "http"}
    assert spec["terminationGracePeriodSeconds"] > 20, "requests under way have that long, after the pause before it"


@EVERY_SERVICE
def test_on_sqlite_each_service_runs_once_and_never_two_at_a_time(service: Service) -> None:
    deployment = every("sqlite", "Deployment")[service.name]
    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}
    volume = {one["name"]: one for one in pod_of("sqlite", service)["volumes"]}["data"]
    if service == GATEWAY:
        assert volume["emptyDir"] == {}, "it keeps nothing"
    else:
        claim = volume["persistentVolumeClaim"]["claimName"]
        assert claim == f"data-{service.name}"
        assert every("sqlite", "PersistentVolumeClaim")[claim]["spec"]["accessModes"] == ["ReadWriteOnce"]


@EVERY_SERVICE
def test_on_a_server_those_run_twice_that_keep_nothing_beside_their_database(service: Service) -> None:
    """docs/instances.md: reporting and notification keep a small file each, the simulator has one engine."""
    may_be_several = {*SEVERAL_ON_ANY_DATABASE, *(one for one in BACKENDS if one.package == "transaction_service")}
    spec = every("postgresql", "Deployment")[service.name]["spec"]
    volume = {one["name"]: one for one in spec["template"]["spec"]["volumes"]}["data"]
    budgets = every("postgresql", "PodDisruptionBudget")
    assert (service.name in budgets) == (service in may_be_several)
    if service in may_be_several:
        assert spec["replicas"] == 2
        assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
        assert budgets[service.name]["spec"]["selector"] == spec["selector"]
        assert "emptyDir" in volume
    else:
        assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
        assert ("persistentVolumeClaim" in volume) == (service != SIMULATOR)


def test_the_overlay_of_a_server_tells_services_so_and_the_other_does_not() -> None:
    assert settings_of("postgresql")["SANDBANK_PROFILES"] == "postgresql"
    host, _, port = settings_of("postgresql")["SANDBANK_DATABASE_HOST"].partition(":")
    assert host
    assert int(port) == DATABASES["postgresql"]
    assert settings_of("postgresql")["BANK_ENV"] == "production"
    assert settings_of("sqlite")["SANDBANK_PROFILES"] == ""
    assert settings_of("sqlite")["BANK_ENV"] == "development"
    redis = re.fullmatch(r"redis://([a-z]+):(\d+)/0", settings_of("postgresql")["REDIS_URL"])
    assert redis is not None
    found = every("postgresql", "Service")[redis[1]]
    assert [port["port"] for port in found["spec"]["ports"]] == [int(redis[2])]


@EVERY_OVERLAY
@EVERY_SERVICE
def test_a_service_refuses_none_of_what_it_is_told(
    overlay: str, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the Secret that is made for it; a bank in production has more to say no to."""
    told = settings_of(overlay) | {"SANDBANK_SERVICE": service.package, "BANK_DATA_DIR": str(tmp_path)}
    environment = environment_of(service, complete({})[service.name], told)
    monkeypatch.delenv("AUTH_PASSWORD_HASH", raising=False)  # the tests' own is too cheap for production
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    check_surroundings()
    import_module(f"{service.package}.settings").Settings.from_environment()
    if service in BACKENDS:
        assert is_on_server(service) == (overlay == "postgresql")
        assert f"{service.package}" in database_url(service)


class Wires:
    """Who may open a connection to whom, by the network policies, as a cluster applies them: both sides must let it."""

    def __init__(self, overlay: str) -> None:
        self._policies = list(every(overlay, "NetworkPolicy").values())
        self.pods = {name: labels for name, _, labels in pod_specs(overlay)}

    def may_call(self, caller: str, called: str, port: str = "http") -> bool:
        return self._lets("Egress", caller, called, port) and self._lets("Ingress", called, caller, port)

    def lets_in(self, namespace: str, called: str) -> bool:
        """Whether a pod of another namespace may call this one."""
        rules = self._rules("Ingress", self.pods[called])
        return any(
            _matches(peer["namespaceSelector"], {"kubernetes.io/metadata.name": namespace})
            for rule in rules
            for peer in rule.get("from", ())
            if "namespaceSelector" in peer
        )

    def outside(self, caller: str) -> list[dict[str, Any]]:
        """The rules by which this pod may call what is no pod of the bank's."""
        return [
            rule
            for rule in self._rules("Egress", self.pods[caller])
            if "to" not in rule or any("ipBlock" in peer for peer in rule["to"])
        ]

    def _lets(self, direction: str, pod: str, other: str, port: str) -> bool:
        side = "from" if direction == "Ingress" else "to"
        return any(
            any(one["port"] == port for one in rule.get("ports", ()))
            and any(
                _matches(peer["podSelector"], self.pods[other])
                for peer in rule.get(side, ())
                if peer.keys() == {"podSelector"}
            )
            for rule in self._rules(direction, self.pods[pod])
        )

    def _rules(self, direction: str, labels: dict[str, str]) -> list[dict[str, Any]]:
        meant = [
            policy["spec"]
            for policy in self._policies
            if direction in policy["spec"]["policyTypes"] and _matches(policy["spec"]["podSelector"], labels)
        ]
        assert meant, "without a policy of this direction a pod may do anything"
        return [rule for spec in meant for rule in spec.get(direction.lower(), ())]


def _matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    expressions = selector.get("matchExpressions", ())
    assert all(one["operator"] == "In" for one in expressions)
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(one["key"]) in one["values"] for one in expressions
    )


@EVERY_OVERLAY
def test_nobody_but_the_gateway_and_the_services_reaches_a_service(overlay: str) -> None:
    wires = Wires(overlay)
    within = {service.name for service in SERVICES}
    for service in BACKENDS:
        callers = {name for name in wires.pods if name != service.name and wires.may_call(name, service.name)}
        assert callers == within - {service.name}
        assert not wires.lets_in("ingress-nginx", service.name)
        assert not wires.lets_in("default", service.name)


@EVERY_OVERLAY
def test_the_gateway_is_reached_by_ingress_and_by_simulated_people(overlay: str) -> None:
    wires = Wires(overlay)
    callers = {name for name in wires.pods if wires.may_call(name, GATEWAY.name)}
    assert callers == {SIMULATOR.name} | ({"demo-world"} if overlay == "sqlite" else set())
    assert wires.lets_in("ingress-nginx", GATEWAY.name)
    assert not wires.lets_in("default", GATEWAY.name)


@EVERY_OVERLAY
def test_outside_is_reached_by_those_who_read_rates_and_tell_people_and_by_a_database_of_its_own(overlay: str) -> None:
    wires = Wires(overlay)
    to_internet = {name for name in wires.pods if any("to" in rule for rule in wires.outside(name))}
    assert to_internet == {"account-service", "notification-service"}
    to_database = {
        name: [rule["ports"] for rule in wires.outside(name) if "to" not in rule]
        for name in wires.pods
        if any("to" not in rule for rule in wires.outside(name))
    }
    if overlay == "sqlite":
        assert to_database == {}
    else:
        port = [{"protocol": "TCP", "port": DATABASES["postgresql"]}]
        assert to_database == {name: [port] for name in ("databases", *(service.name for service in BACKENDS))}


def test_redis_is_reached_by_those_who_count() -> None:
    wires = Wires("postgresql")
    callers = {name for name in wires.pods if wires.may_call(name, "redis", "redis")}
    assert callers == {"api-gateway", "account-service", "transaction-service"}
    assert not [name for name in wires.pods if wires.may_call("redis", name)]


def test_the_example_of_an_ingress_leads_to_the_gateway() -> None:
    (ingress,) = documents(INGRESS)
    (rule,) = ingress["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"] == {"name": GATEWAY.name, "port": {"name": "http"}}
    assert ingress["spec"]["tls"][0]["hosts"] == [rule["host"]]
    assert settings_of("postgresql")["BANK_PUBLIC_URL"] == f"https://{rule['host']}"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("namespace: other", "more than resources and patches"),
        ("patches: [{path: a.yaml}]", "no JSON patch with a target"),
        ("patches: [{patch: '[]', target: {kind: Secret}}]", "for nothing"),
        ("patches: [{path: ../elsewhere.yaml, target: {kind: Namespace}}]", "is not below"),
        ("patches: [{patch: '[]', target: {annotationSelector: a=b}}]", "no target that is read"),
    ],
)
def test_what_the_reader_of_kustomizations_does_not_know_it_refuses(said: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("{apiVersion: v1, kind: Namespace, metadata: {name: one}}")
    head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [one.yaml]\n"
    (tmp_path / "kustomization.yaml").write_text(head + said)
    with pytest.raises(ValueError, match=words):
        rendered(tmp_path)

"""The bank in containers on a database server, behind nginx, with Consul: the same money, and what each is for."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from shared.services import ACCOUNT, BACKENDS, GATEWAY, SERVICES, TRANSACTION
from tests.bank_processes import wait_until
from tests.compose.stack import Stack, running_stack

pytestmark = [pytest.mark.compose, pytest.mark.timeout(3600)]
INSTANCES = 3
INTRUDER = """
import os, pathlib
from sqlalchemy import create_engine, make_url
from deploy.container import bank_secrets, profiles
from shared.services import ACCOUNT
from shared.storage.database_servers import with_driver

kind = profiles.database_kind(profiles.read(os.environ["SANDBANK_PROFILES"]))
url = make_url(profiles.database_url(kind, ACCOUNT, bank_secrets.read(pathlib.Path("/secrets")), {}))
create_engine(with_driver(url)).connect().close()
create_engine(with_driver(url.set(database="transaction_service"))).connect()
"""
"""What somebody could try who got into the account service."""


@pytest.fixture(scope="module", params=["postgresql,tls,consul", "mariadb,observability"])
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    with running_stack(request.param) as running:
        running.wait_until_ended("demo-world")
        yield running


def has(stack: Stack, profile: str) -> bool:
    return profile in stack.profiles


def customer(stack: Stack) -> str:
    """An access token of somebody from the demo world."""
    log_ins = stack.log_ins()
    username = next(name for name in log_ins if name != "admin")
    return stack.log_in(username, log_ins[username])


def pay(stack: Stack, token: str, key: str) -> str:
    """The id of what was paid."""
    return str(paid(stack, token, key).json()["data"]["id"])


def paid(stack: Stack, token: str, key: str) -> requests.Response:
    mine = stack.ask("GET", "/api/accounts/list", token=token)[0]["id"]
    order = {"account_id": mine, "amount": "3.21", "description": "Paid on a server"}
    reply = stack.send("POST", "/api/transactions/deposit", order, token=token, key=key)
    stack.say(f"paid {order['amount']} EUR: {reply.json()['data']['id']}")
    return reply


def test_payments_are_on_the_server_and_outlive_a_restart(stack: Stack) -> None:
    token = customer(stack)
    first = pay(stack, token, "first")
    for service in BACKENDS:
        files = stack.run("exec", "-T", service.name, "sh", "-c", "find /data -name '*.db'")
        assert files.split() == [], f"the {service.name} keeps a file"
    stack.run("restart", timeout_seconds=900)
    stack.wait_until_healthy()
    assert pay(stack, token, "first") == first
    assert pay(stack, token, "second") != first
    proof = stack.ask("GET", "/api/reports/proof", token=stack.log_in("admin", stack.admin_password()))
    stack.say(f"proof: holds={proof['holds']}, findings={proof['findings']}")
    assert proof["holds"] is True


def test_a_service_cannot_open_the_database_of_another(stack: Stack) -> None:
    tried = stack.attempt("exec", "-T", ACCOUNT.name, "python", "-c", INTRUDER)
    assert tried.returncode != 0
    assert "denied" in tried.stderr, tried.stderr


def test_behind_nginx_the_bank_knows_that_it_is_https_and_nobody_else_can_say_so(stack: Stack, tmp_path: Path) -> None:
    if not has(stack, "tls"):
        pytest.skip("this stack has no nginx")
    certificate = tmp_path / "certificate.pem"
    certificate.write_text(stack.run("exec", "-T", "nginx", "cat", "/tls/certificate.pem"))
    page = requests.get(f"{stack.tls_url}/login", verify=certificate, timeout=30)
    assert page.status_code == 200
    assert "Strict-Transport-Security" in page.headers
    assert "Secure" in page.headers["Set-Cookie"]
    liar = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
    plain = requests.get(f"{stack.url}/login", headers=liar, timeout=30)
    assert "Strict-Transport-Security" not in plain.headers
    key_is_private = stack.run("exec", "-T", "nginx", "sh", "-c", "stat -c %a /tls/key.pem; id -u")
    assert key_is_private.split() == ["600", "10001"]


def test_three_instances_find_their_place_in_consul_and_are_asked(stack: Stack) -> None:
    if not has(stack, "consul"):
        pytest.skip("this stack has no Consul")
    stack.up("--scale", f"{ACCOUNT.name}={INSTANCES}")

    def passing() -> int:
        script = (
            "import json, urllib.request as u;"
            f"print(len(json.load(u.urlopen('http://consul:8500/v1/health/service/{ACCOUNT.name}?passing=1'))))"
        )
        return int(json.loads(stack.run("exec", "-T", TRANSACTION.name, "python", "-c", script)))

    wait_until(lambda: passing() == INSTANCES, 120.0)
    stack.say(f"{INSTANCES} of the {ACCOUNT.name} are passing, {GATEWAY.name} asks any of them")
    token = customer(stack)
    for _ in range(20):
        assert stack.ask("GET", "/api/accounts/list?limit=5", token=token)


def test_prometheus_reads_every_service_and_knows_the_rules(stack: Stack) -> None:
    if not has(stack, "observability"):
        pytest.skip("this stack has no Prometheus")

    def told(path: str) -> Any:
        return requests.get(f"{stack.prometheus_url}/api/v1/{path}", timeout=30).json()["data"]

    def health() -> dict[str, str]:
        return {one["labels"]["instance"]: one["health"] for one in told("targets")["activeTargets"]}

    wait_until(lambda: list(health().values()) == ["up"] * len(SERVICES), 120.0)
    assert set(health()) == {f"{service.name}:{service.default_port}" for service in SERVICES}
    (group,) = told("rules?type=alert")["groups"]
    wait_until(lambda: {rule["health"] for rule in told("rules?type=alert")["groups"][0]["rules"]} == {"ok"}, 120.0)
    stack.say(f"Prometheus reads {len(SERVICES)} services and knows {len(group['rules'])} rules")

    def firing() -> list[str]:
        return [rule["name"] for rule in told("rules?type=alert")["groups"][0]["rules"] if rule["state"] == "firing"]

    wait_until(lambda: firing() == [], 120.0)  # containers that start again for long have been told of


def test_a_payment_is_one_trace_from_the_gateway_to_the_commit(stack: Stack) -> None:
    if not has(stack, "observability"):
        pytest.skip("this stack has no collector")
    trace = paid(stack, customer(stack), "traced").headers["X-Trace-ID"]

    def spans() -> str:
        return "\n".join(line for line in stack.run("logs", "otel-collector").splitlines() if trace in line)

    wait_until(lambda: GATEWAY.name in spans() and f"{TRANSACTION.name}, commit" in spans(), 60.0)
    stack.say(spans())

"""The bank in containers, once from nothing: log in, pay, restart, pay again, and what it must not give away."""

from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from deploy.container.bank_secrets import DEMO_WORLD, names_for
from orchestrator import demo_world
from shared.services import BACKENDS, SERVICES
from tests.compose.image import the_image
from tests.compose.stack import READY_SECONDS, Stack, running_stack

pytestmark = [pytest.mark.compose, pytest.mark.timeout(3600)]
PASSWORD = "a long and quiet afternoon"
NEVER_IN_AN_IMAGE = {"credentials.json", ".env", *(f"{service.package}.db" for service in BACKENDS)}
ORDER = {"amount": "12.34", "description": "Paid in containers"}


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack() as running:
        yield running


def balances(stack: Stack, token: str) -> list[str]:
    found = [account["balance"] for account in stack.ask("GET", "/api/accounts/list", token=token)]
    stack.say(f"balances: {', '.join(found)} EUR")
    return sorted(found)


def proof_holds(stack: Stack, admin: str) -> bool:
    proof = stack.ask("GET", "/api/reports/proof", token=admin)
    stack.say(f"proof: holds={proof['holds']}, findings={proof['findings']}")
    return bool(proof["holds"])


def test_people_log_in_and_pay_before_and_after_a_restart(stack: Stack) -> None:
    admin_password = stack.admin_password()
    person = {"username": "ada", "email": "ada@example.org", "password": PASSWORD, "full_name": "Ada Lovelace"}
    stack.ask("POST", "/api/auth/register", person)
    ada = stack.log_in("ada", PASSWORD)
    accounts = [
        stack.ask("POST", "/api/accounts/create", {"account_type": "checking", "initial_deposit": deposit}, token=ada)
        for deposit in ("100.00", "1.00")
    ]
    order = {**ORDER, "from_account_id": accounts[0]["id"], "to_account_id": accounts[1]["id"]}
    first = stack.ask("POST", "/api/transactions/transfer", order, token=ada, key="first")
    stack.say(f"paid {first['amount']} EUR: {first['id']}")
    assert balances(stack, ada) == ["13.34", "87.66"]
    assert proof_holds(stack, stack.log_in("admin", admin_password))

    stack.run("restart", timeout_seconds=READY_SECONDS)
    stack.wait_until_healthy()
    again = stack.ask("POST", "/api/transactions/transfer", order, token=ada, key="first")
    assert again["id"] == first["id"], "the session and the key outlive the restart"
    second = stack.ask("POST", "/api/transactions/transfer", order, token=stack.log_in("ada", PASSWORD), key="second")
    stack.say(f"paid {second['amount']} EUR: {second['id']}")
    assert balances(stack, ada) == ["25.68", "75.32"]

    stack.down()
    stack.up()
    assert stack.admin_password() == admin_password, "secrets are made once"
    third = stack.ask("POST", "/api/transactions/transfer", order, token=ada, key="third")
    stack.say(f"paid {third['amount']} EUR: {third['id']}")
    assert balances(stack, ada) == ["38.02", "62.98"]
    assert proof_holds(stack, stack.log_in("admin", admin_password))


def test_the_demo_world_is_there_and_the_log_names_people_and_no_password(stack: Stack) -> None:
    said = stack.wait_until_ended(DEMO_WORLD)
    log_ins = stack.log_ins()
    stack.say(f"log-ins: {', '.join(log_ins)}")
    assert set(log_ins) > {"admin"}
    assert len(log_ins) == 1 + demo_world.WORLD["customers"]
    for username, password in log_ins.items():
        assert username in said
        assert password not in said
        token = stack.log_in(username, password)
    assert len(stack.ask("GET", "/api/transactions/list?limit=50", token=token)) > 10


def test_nobody_in_a_container_is_root_or_can_read_another_services_secrets(stack: Stack) -> None:
    for service in SERVICES:
        shown = stack.run("exec", "-T", service.name, "sh", "-c", "id -u; ls -A /secrets")
        assert shown.split() == ["10001", "environment"]
    for service in BACKENDS:
        files = stack.run("exec", "-T", service.name, "sh", "-c", "find /data /secrets -type f -perm /077")
        assert files.split() == []


def secrets_of(stack: Stack) -> set[str]:
    """The values of every service's secrets."""
    found = {
        line.partition("=")[2]
        for service in SERVICES
        for line in stack.run("exec", "-T", service.name, "cat", "/secrets/environment").splitlines()
    }
    assert len(found) > len(SERVICES)
    assert min(map(len, found)) > 20
    return found


def test_no_secret_is_in_what_containers_said(stack: Stack) -> None:
    said = stack.said()
    for service in SERVICES:
        assert service.name in said
    assert not [secret for secret in secrets_of(stack) if secret in said]


def test_no_secret_is_in_the_image(stack: Stack) -> None:
    """Not in how it was built, not in what containers begin with, not in any layer, whatever a later one removed."""
    image = the_image()
    assert "SANDBANK_SERVICE" not in image.described, "one image for all: containers are told"
    assert not [name for service in SERVICES for name in names_for(service) if name in image.described]
    secrets = secrets_of(stack)
    assert not [secret for secret in secrets if secret in image.described]
    looked_at = set()
    for path, content in image.files():
        looked_at.add(path)
        assert not path.startswith(("data/", "secrets/")) or not content, f"{path} is in the image"
        assert PurePosixPath(path).name not in NEVER_IN_AN_IMAGE, f"{path} is in the image"
        assert not [secret for secret in secrets if secret.encode() in content], f"{path} holds a secret"
    assert "app/shared/services.py" in looked_at

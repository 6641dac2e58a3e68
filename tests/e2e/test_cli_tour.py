"""A tour of the running bank with the command alone: register, move money, make a world, empty the bank."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from shared.services import GATEWAY
from tests.bank_processes import BankProcesses, bank_processes, wait_until

FOLLOW_SECONDS = 60.0
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankProcesses]:
    with bank_processes(tmp_path_factory.mktemp("cli-bank")) as running:
        yield running


Person = Callable[..., Any]


@pytest.fixture
def person(bank: BankProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Runs `sandbank ... --json` as people with a home of their own; the answer, or the exit code when it is not 0."""
    monkeypatch.setenv("SANDBANK_URL", bank.url(GATEWAY))
    runner = CliRunner()

    def run(home: str, *words: str, password: str | None = None, text: bool = False) -> Any:
        environment = {"SANDBANK_CONFIG_DIR": str(tmp_path / home), "COLUMNS": "160"}
        if password is not None:
            environment["SANDBANK_PASSWORD"] = password
        result = runner.invoke(app, [*words] if text else [*words, "--json"], env=environment)
        if result.exit_code:
            return result.exit_code
        return result.stdout if text else json.loads(result.stdout)

    return run


def total_of_bank(person: Person) -> Any:
    """The administrator's totals; the exit code while the reports are still taking in that the bank was emptied."""
    answer = person("admin", "total")
    return answer if isinstance(answer, int) else answer["data"]["totals"]


def test_two_people_register_and_pay_each_other(person: Person) -> None:
    for name in ("anna", "bob"):
        made = person(name, "register", name, "--email", f"{name}@example.com", password=PASSWORD)
        assert made["data"]["username"] == name
        assert person(name, "whoami")["data"]["username"] == name
    opened = person("anna", "open", "checking", "--nickname", "Everyday", "--initial-deposit", "100.00")
    assert opened["data"]["balance"] == "100.00"
    number = person("bob", "open", "savings")["data"]["account_number"]
    paid = person("anna", "transfer", "Everyday", number, "12.34", "-d", "lunch")
    assert (paid["data"]["status"], paid["data"]["balance_after"]) == ("completed", "87.66")
    for name, direction in (("anna", "out"), ("bob", "in")):
        newest = person(name, "history")["data"][0]
        assert (newest["description"], newest["direction"], newest["amount"]) == ("lunch", direction, "12.34")
    assert person("bob", "total")["data"]["totals"] == [{"currency": "EUR", "total": "12.34", "accounts": 1}]
    table = person("anna", "history", text=True)
    assert "-12.34 EUR" in table
    assert "87.66 EUR" in table

    once = person("anna", "deposit", "Everyday", "5.00", "--idempotency-key", "k-1")
    again = person("anna", "deposit", "Everyday", "5.00", "--idempotency-key", "k-1")
    assert once == again
    assert person("anna", "accounts")["data"][0]["balance"] == "92.66"
    assert person("anna", "withdraw", "Everyday", "1000") == 1
    assert person("anna", "close", "Everyday") == 1
    person("anna", "withdraw", "Everyday", "92.66")
    person("anna", "close", "Everyday")
    assert person("anna", "accounts", text=True).count("closed") <= 1
    assert person("anna", "users") == 1

    assert person("anna", "logout")["success"] is True
    assert person("anna", "accounts") == 3


def test_an_administrator_makes_a_world_lets_it_live_and_empties_the_bank(bank: BankProcesses, person: Person) -> None:
    admin = json.loads((bank.data / "credentials.json").read_text())["admin"]
    assert person("admin", "login", admin["username"], password=admin["password"])["data"]["role"] == "admin"
    assert person("admin", "health")["status"] == "healthy"

    made = person("admin", "simulate", "world", "--customers", "3", "--days", "3", "--seed", "5")
    assert (made["data"]["status"], made["data"]["progress"]) == ("succeeded", 1)
    assert person("admin", "simulate", "status")["data"]["world"]["seed"] == 5
    assert "succeeded" in person("admin", "simulate", "job", made["data"]["id"], text=True)
    who = made["data"]["log_ins"][0]
    person("someone", "login", who["username"], password=who["password"])
    assert person("someone", "history")["data"]
    assert person("someone", "simulate", "world") == 1

    before = person("admin", "simulate", "status")["data"]["bank_time"]
    lived = person("admin", "simulate", "advance", "--hours", "12", text=True)
    assert "succeeded" in lived
    assert person("admin", "simulate", "status")["data"]["bank_time"] > before
    assert person("admin", "simulate", "live", "on", "--speed", "60")["data"] == {"running": True, "speed": 60}
    assert person("admin", "simulate", "live", "off")["data"]["running"] is False

    listed = person("admin", "users", "--role", "customer", "-n", "100")["data"]
    assert who["username"] in {user["username"] for user in listed}
    (total,) = total_of_bank(person)
    assert (total["currency"], total["total"]) == ("EUR", total["journal_total"])
    added = person(
        "admin", "users", "add", "carla", "--email", "carla@example.com", "--role", "employee", password=PASSWORD
    )
    changed = person("admin", "users", "set", added["data"]["id"], "--status", "disabled")
    assert (changed["data"]["role"], changed["data"]["status"]) == ("employee", "disabled")
    assert person("carla", "login", "carla", password=PASSWORD) != 0

    assert person("admin", "simulate", "reset", "--yes") == 2
    assert person("admin", "simulate", "reset", "--yes", "--confirm", "Another Bank") == 1
    assert person("admin", "simulate", "reset", "--yes", "--confirm", "Sandbank")["success"] is True
    wait_until(lambda: total_of_bank(person) == [], FOLLOW_SECONDS)

"""Every command and curl line that README.md and docs/ show is run, as it stands there, against a running bank."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli.main import app
from sandbank import Client
from shared.services import GATEWAY
from tests.architecture.sources import ROOT
from tests.bank_processes import BankProcesses, bank_processes
from tests.forked_proofs import forked_proofs

pytestmark = pytest.mark.thorough

PASSWORD = "a quiet place by the sea"
FENCED = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^(?:\.venv/bin/)?sandbank (.+?)(?:\s{2,}#.*)?$", re.MULTILINE)
FOR_ADMINISTRATORS = re.compile(
    r"^(users|simulate|world|scenario|keys|faults|proof|audit|own-data export --user|mailbox|live|dashboard"
    r"|clock (--|pause|resume)"
    r"|products (set|new)|rates --(so|re)|holds (place|list F|capture|void)"
    r"|cards (report|replace|cancel)|card-network (authorize|increment|capture|reverse|refund|clear|resolve))"
)
NAMED_BY = {
    "simulate world": "JOB_ID",
    "cards new": "CARD_ID",
    "cards new-credit": "CREDIT_CARD_ID",
    "cards replace": "SUCCESSOR_ID",
    "card-network authorize": "AUTHORIZATION_ID",
    "card-network capture": "PAYMENT_ID",
    "card-network dispute": "DISPUTE_ID",
    "holds place": "HOLD_ID",
    "payees add": "PAYEE_ID",
    "orders standing": "ORDER_ID",
    "debits ask": "MANDATE_ID",
    "debits collect": "COLLECTION_ID",
    "reports new": "REPORT_ID",
    "custom-reports new": "CUSTOM_REPORT_ID",
    "custom-reports run": "RUN_ID",
    "webhooks add": "WEBHOOK_ID",
    "webhooks ping": "DELIVERY_ID",
    "faults add": "FAULT_ID",
}
"""What the documents call what a command has made."""
FILES = (
    "world.zip",
    "world.json",
    "statement.pdf",
    "movements.csv",
    "movements.parquet",
    "report.pdf",
    "spending.xlsx",
)
FILES += ("my-data.zip", "their-data.zip", "bank.tar.gz", "bank.sealed", "restored-bank", "passphrase.txt")
FILES += ("plan-files",)
"""What commands write or read, in a folder of the test's."""
DOCUMENTS = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "deploy").rglob("*.md")]
)
WHERE_REQUESTS_FAIL = "faults.md"
"""Its lines are run by test_faults.py."""
PROGRAM = str(Path(sys.executable).with_name("sandbank"))
DASHBOARD_SECONDS = 30.0


def blocks(path: Path) -> list[str]:
    """The shell blocks of a document."""
    return [found[1] for found in FENCED.finditer(path.read_text())]


def commands(path: Path) -> list[str]:
    """The `sandbank` commands that a document shows, without their first word, in order."""
    return [found[1].strip() for block in blocks(path) for found in COMMAND.finditer(block)]


def words_of(line: str) -> list[str]:
    """What a shell makes of a line after the program's name."""
    script = f'sandbank() {{ printf "%s\\0" "$@"; }}; sandbank {line}'
    done = subprocess.run(["/bin/bash", "-euc", script], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.split("\0")[:-1]


@dataclass
class Reader:
    """Somebody who follows the documents: ada at the command line, and the administrator where a line needs one."""

    bank: BankProcesses
    home: Path
    runs_the_program: bool = True
    known: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.bank.url(GATEWAY)

    def filled_in(self, text: str) -> str:
        """The text with what stands for something replaced by it."""
        for name in sorted(self.known, key=len, reverse=True):  # CREDIT_CARD_ID before CARD_ID
            text = text.replace(name, self.known[name])
        return text

    def environment(self, command: str) -> dict[str, str]:
        home = "admin" if FOR_ADMINISTRATORS.match(command) else "ada"
        return {
            **os.environ,
            "SANDBANK_URL": self.url,
            "SANDBANK_CONFIG_DIR": str(self.home / home),
            "SANDBANK_PASSWORD": PASSWORD,
            "BANK_DATA_DIR": str(self.bank.data),
            "COLUMNS": "160",
        }

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run `sandbank` as a shell would, somebody typing their user name where they are asked for it."""
        if not self.runs_the_program:
            words = words_of(self.filled_in(command))
            ended = CliRunner().invoke(app, words, input="ada\n", env=self.environment(command))
            return subprocess.CompletedProcess(words, ended.exit_code, ended.stdout, ended.stderr)
        line = f"{PROGRAM} {self.filled_in(command)}"
        return subprocess.run(
            ["/bin/bash", "-c", line], env=self.environment(command), input="ada\n", capture_output=True, text=True,
            timeout=120, check=False, cwd=ROOT,
        )  # fmt: skip

    def ask(self, command: str) -> dict[str, str]:
        """What a command answers a program."""
        done = self.run(f"{command} --json")
        assert done.returncode == 0, done.stdout + done.stderr
        found = json.loads(done.stdout)["data"]
        return dict(found[0] if isinstance(found, list) else found)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankProcesses]:
    with bank_processes(tmp_path_factory.mktemp("documented")) as running, forked_proofs():
        yield running


@pytest.fixture
def reader(bank: BankProcesses, tmp_path: Path) -> Reader:
    """A bank as it is for somebody who begins to read: ada has an account, and bob one to be paid at."""
    reader = Reader(bank, tmp_path, runs_the_program=False)
    log_in_as_admin(reader)
    assert reader.run("simulate reset --confirm Sandbank --yes").returncode == 0
    people = {name: Client(reader.url) for name in ("ada", "bob")}
    for name, client in people.items():
        client.auth.register(name, f"{name}@example.org", PASSWORD)
        client.log_in(name, PASSWORD)
    mine = people["ada"].accounts.create("checking", nickname="Everyday", initial_deposit="5000.00").data
    other = people["bob"].accounts.create("checking").data
    reader.known = {
        "FROM_ACCOUNT_ID": mine["id"],
        "TO_ACCOUNT_NUMBER": other["account_number"],
        "2027-01-15": _ahead(44),  # days to come, whenever it is read
        "2027-01-31": _ahead(60),
        **{name: str(tmp_path / name) for name in FILES},
        "EVERYDAY_NUMBER": mine["account_number"],
        "TRANSACTION_ID": people["ada"].transactions.list().data[-1]["id"],
        '"username": "…", "password": "…"': f'"username": "ada", "password": "{PASSWORD}"',
        '"from_account_id": "…"': f'"from_account_id": "{mine["id"]}"',
        '"to_account_number": "…"': f'"to_account_number": "{other["account_number"]}"',
        "http://127.0.0.1:5000": reader.url,
    }
    (tmp_path / "passphrase.txt").write_text(f"{PASSWORD}\n")
    return reader


def _ahead(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def log_in_as_admin(reader: Reader) -> None:
    admin = json.loads((reader.bank.data / "credentials.json").read_text())["admin"]
    environment = {**reader.environment("users"), "SANDBANK_PASSWORD": admin["password"]}
    assert CliRunner().invoke(app, ["login", admin["username"]], env=environment).exit_code == 0


def buy_with(reader: Reader, card_id: str) -> None:
    """For there to be something to pay: no more is taken than is owed."""
    admin = json.loads((reader.bank.data / "credentials.json").read_text())["admin"]
    network = Client(reader.url)
    network.log_in(admin["username"], admin["password"])
    shop = {"name": "Blue Cafe", "mcc": "5812", "country": "DE"}
    bought = network.card_network.authorize("30.00", "EUR", shop, card_id=card_id, capture=True).data
    assert bought["status"] == "captured"


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if commands(path)], ids=lambda path: path.name)
def test_every_documented_command_does_what_it_says(reader: Reader, path: Path) -> None:
    """A shell reads all of them; README.md's it runs too, the others' are spared the start of the program."""
    reader.runs_the_program = path.name == "README.md"
    assert reader.run("login ada").returncode == 0
    for command in commands(path):
        if "--email" in command and "users add" in command:
            reader.known["USER_ID"] = reader.ask(command)["id"]
        elif made := max((name for name in NAMED_BY if command.startswith(name)), key=len, default=""):
            reader.known[NAMED_BY[made]] = reader.ask(command)["id"]
            if made == "cards new-credit":
                buy_with(reader, reader.known["CREDIT_CARD_ID"])
        elif command.startswith("dashboard"):
            look_at_the_dashboard(reader)
        else:
            done = reader.run(command)
            assert done.returncode == 0, f"sandbank {command}\n{done.stdout}{done.stderr}"
        if command.startswith(("logout", "register")):
            assert reader.run("login ada").returncode == 0


@pytest.mark.parametrize(
    ("path", "block"),
    [
        (path, block)
        for path in DOCUMENTS
        for block in blocks(path)
        if "curl " in block and "/api" in block and path.name != WHERE_REQUESTS_FAIL
    ],
    ids=lambda found: found.name if isinstance(found, Path) else "curl",
)
def test_every_documented_curl_line_is_answered(reader: Reader, path: Path, block: str) -> None:
    printed = re.sub(r"^(curl .*)", r"\1; echo", reader.filled_in(block.replace("\\\n", " ")), flags=re.MULTILINE)
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", printed], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, path.name + done.stderr
    replies = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    assert len(replies) == len(re.findall(r"^curl ", block, re.MULTILINE))
    assert [reply["success"] for reply in replies] == [True] * len(replies), replies


def test_every_command_there_is_stands_in_the_document() -> None:
    shown = commands(ROOT / "docs" / "command-line.md")
    names = names_of(typer.main.get_command(app))
    assert [name for name in names if not any(f"{line} ".startswith(f"{name} ") for line in shown)] == []


def names_of(command: Any, prefix: str = "") -> list[str]:
    """Every command below this one, as it is typed."""
    if not hasattr(command, "commands"):
        return [prefix.strip()]
    return [name for key, child in command.commands.items() for name in names_of(child, f"{prefix} {key}")]


def look_at_the_dashboard(reader: Reader) -> None:
    """Open it in a terminal of its own, wait until it shows the bank, and leave by its key."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(PROGRAM, [PROGRAM, "dashboard"], {**reader.environment("dashboard"), "TERM": "xterm-256color"})  # noqa: S606 (ours)
    shown, deadline = b"", time.monotonic() + DASHBOARD_SECONDS
    while b"Newest transactions" not in shown:
        assert time.monotonic() < deadline, shown[-2000:]
        if select.select([terminal], [], [], 0.5)[0]:
            shown += os.read(terminal, 65536)
    while (ended := os.waitpid(pid, os.WNOHANG)) == (0, 0):
        assert time.monotonic() < deadline, "the dashboard does not close"
        with suppress(OSError):
            os.write(terminal, b"q")
        if select.select([terminal], [], [], 0.3)[0]:
            with suppress(OSError):  # the other side has gone
                os.read(terminal, 65536)
    assert os.waitstatus_to_exitcode(ended[1]) == 0
    os.close(terminal)

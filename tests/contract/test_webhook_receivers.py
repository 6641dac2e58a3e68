"""The receivers of examples/webhooks take what the bank really sends, by the published Standard Webhooks libraries."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from notification_service.delivery.retries import RetryPolicy
from shared.identifiers import new_id
from tests.architecture.sources import ROOT
from tests.bank_processes import wait_until
from tests.free_ports import free_ports
from tests.inboxes import InboxUnderTest, open_inbox, payment
from tests.needs import TYPESCRIPT, node_tool
from tests.webhooks import made

EXAMPLES = ROOT / "examples" / "webhooks"


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[InboxUnderTest]:
    with open_inbox(tmp_path, retries=RetryPolicy(first_pause_seconds=0)) as opened:
        yield opened


def command(name: str, folder: Path) -> list[str]:
    """How the example is started. npm's packages are looked for beside a program, so it is copied there."""
    if name.endswith(".py"):
        return [sys.executable, str(EXAMPLES / name)]
    node = node_tool("tsc")[0]
    if not (TYPESCRIPT / "node_modules" / "standardwebhooks").exists():
        pytest.fail("standardwebhooks is not installed: .venv/bin/npm ci --prefix tests/contract/typescript")
    (folder / "node_modules").symlink_to(TYPESCRIPT / "node_modules")
    program = folder / name
    program.write_text((EXAMPLES / name).read_text())
    return [node, str(program)]


@contextmanager
def running(name: str, folder: Path, port: int, secret: str) -> Iterator[Path]:
    """The example while the block runs; the file that it prints to."""
    printed = folder / "printed"
    environment = {"PATH": os.environ["PATH"], "WEBHOOK_SECRET": secret}
    with printed.open("wb") as out:
        process = subprocess.Popen(
            [*command(name, folder), str(port)], env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        wait_until(lambda: posted(port, b"{}", {}) == 400, 60)
        yield printed
    finally:
        process.terminate()
        process.wait(10)


def posted(port: int, body: bytes, headers: dict[str, str]) -> int:
    """What it answers; 0 while nothing listens."""
    with suppress(requests.ConnectionError):
        return requests.post(f"http://127.0.0.1:{port}/hooks/bank", body, headers=headers, timeout=5).status_code
    return 0


@pytest.mark.parametrize("name", ["receiver.py", "receiver.mjs"])
def test_an_example_takes_what_the_bank_sends_once_and_nothing_else(
    inbox: InboxUnderTest, tmp_path: Path, name: str
) -> None:
    ada, (port,) = new_id(), free_ports(1)
    hook = made(inbox, ada, f"http://127.0.0.1:{port}/hooks/bank", "transaction.completed")
    inbox.hook("POST", f"/{hook['id']}/chaos", ada, {"duplicate": True})
    with running(name, tmp_path, port, hook["secret"]) as printed:
        rows = [payment(position, ada, new_id(), 100 * position, description="Käse — 🧀") for position in (1, 2)]
        inbox.take_in("journal", rows)
        assert inbox.deliver() == 2
        deliveries = inbox.hook("GET", f"/{hook['id']}/deliveries", ada).json["data"]
        assert [(one["status"], one["attempts"][0]["answer_status"]) for one in deliveries] == [("delivered", 204)] * 2
        wait_until(lambda: printed.read_text().count("\n") >= 2, 60)
        said = [json.loads(line) for line in printed.read_text().splitlines()]
        forged = {"webhook-id": new_id(), "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
        assert posted(port, b'{"id": "x", "type": "x", "data": {}}', forged) == 400
    assert sorted((one["type"], one["data"]["amount"]) for one in said) == [
        ("transaction.completed", "1.00"),
        ("transaction.completed", "2.00"),
    ]
    assert all(one["data"]["description"] == "Käse — 🧀" for one in said)
    assert len(printed.read_text().splitlines()) == 2, "each came twice, and was worked on once"

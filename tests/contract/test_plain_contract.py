"""The contract in the words of the field: each summary begins with a verb that a stranger would look for."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from cli.main import app
from shared import services
from tests.apps import Bank, whole_bank
from tests.architecture.sources import ROOT, files_of, shown
from tests.contract.test_openapi import operations_of

VERBS = frozenset(
    re.findall(
        r"[A-Z][a-z]+",
        """
    Advance Authorize Cancel Capture Change Check Clear Close Compare Confirm Count Create Delete Deposit
    Dispute Download End Explain Export Freeze Get Import Increment Inject Issue List Log Look Mark Open Pause Pay
    Place Quote Redeliver Refresh Refund Register Rename Replace Report Request Reset Resolve Resume Retry
    Reveal Reverse Rotate Run Schedule Search Send Start Stream Submit Transfer Unfreeze Update Verify Void Withdraw
    """,
    )
)
"""How summaries begin. A new verb is added by who has looked for one among these."""
BANNED = re.compile(
    r"let (?:no|any|a|the|things|money|nothing)\b|hear of|have (?:the money )?back|again and again|for the time being|"
    r"(?:what|that) came of|take what is|give (?:a card|it) up|give back what|take a transaction back|back to an? |"
    r"whose token|am i\b|in figures|costs? elsewhere|comes? again|who holds|that live\b|look into|what it saw|"
    r"how the .* (?:is|are)$|what was done|^be told\b|by which ways",
    re.IGNORECASE,
)
"""What was once written here and no native would write in a contract, a help or a heading."""


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with whole_bank(tmp_path_factory.mktemp("bank")) as opened:
        yield opened


def commands(group: Any, path: str = "sandbank") -> Iterator[tuple[str, Any]]:
    """Each command, and each group of them, by what is typed."""
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")


def test_every_summary_begins_with_a_verb_of_the_list_and_says_one_thing(bank: Bank) -> None:
    summaries = {
        str(route): operation["summary"]
        for service in services.BACKENDS
        for route, operation in operations_of(bank, service)
    }
    assert {route: text for route, text in summaries.items() if text.split()[0] not in VERBS} == {}
    assert {route: text for route, text in summaries.items() if BANNED.search(text) or text.endswith(".")} == {}
    assert {route: text for route, text in summaries.items() if len(text) > 72} == {}
    assert sorted(VERBS - {text.split()[0] for text in summaries.values()}) == []


def test_the_command_s_help_says_it_in_the_same_words() -> None:
    said = {name: command.help or "" for name, command in commands(typer.main.get_command(app))}
    assert len(said) > 80
    assert {name: text for name, text in said.items() if BANNED.search(text)} == {}


def test_no_heading_of_a_page_and_no_line_of_the_client_says_it_as_it_was_said_before() -> None:
    heading = re.compile(r"<h[1-3][^>]*>(.*?)</h[1-3]>|page_head\(\"([^\"]*)\"|block title %}(.*?) ·")
    found = [
        f"{shown(path)}: {text}"
        for path in (ROOT / "templates").rglob("*.html")
        for texts in heading.findall(path.read_text())
        for text in texts
        if BANNED.search(text)
    ]
    found += [
        f"{shown(path)}: {text}"
        for path in files_of("sandbank")
        for text in re.findall(r'^        """(.*)$', path.read_text(), re.MULTILINE)
        if BANNED.search(text)
    ]
    assert found == []


def test_the_readme_says_it_so_too() -> None:
    assert BANNED.findall((ROOT / "README.md").read_text()) == []

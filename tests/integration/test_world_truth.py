"""The truth twin against a real bank: each transaction has its truth, whatever was killed meanwhile."""

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import requests

from sandbank import Client, Patience, RefusedError
from sandbank.types.worlds import WorldExportFormat
from shared.services import GATEWAY, SIMULATOR
from shared.time.clock import from_wire
from simulator_service.people.population import World
from simulator_service.planning.planned_event import HOUR_US
from simulator_service.planning.planner import Planner
from simulator_service.presets.loading import preset_named
from simulator_service.truth.personas import PERSONAS
from simulator_service.truth.tables import TABLES
from tests.architecture.sources import ROOT
from tests.bank_processes import BankProcesses, bank_processes, wait_until
from tests.oracle import check_ledger

JOB_SECONDS = 120.0
PEOPLE, DAYS, SEED = 12, 35, 11
Row = dict[str, Any]


class LivedBank:
    """A bank whose first world was made while its simulator was killed, as its administrator sees it."""

    def __init__(self, bank: BankProcesses) -> None:
        self.bank = bank
        self.admin = Client(bank.url(GATEWAY), patience=Patience(30))
        log_in = json.loads((bank.data / "credentials.json").read_text())["admin"]
        self.admin.log_in(log_in["username"], log_in["password"])

    def wait(self, job_id: str, *, posted: int | None = None) -> None:
        """Until the job has succeeded, or has posted so many."""

        def is_so() -> bool:
            job = self.admin.simulator.job(job_id).data
            assert job["status"] != "failed", job["error"]
            return job["status"] == "succeeded" or (posted is not None and job["posted"] >= posted)

        wait_until(is_so, JOB_SECONDS)

    def archive(self, kind: WorldExportFormat = "jsonl") -> zipfile.ZipFile:
        """An export."""
        return zipfile.ZipFile(io.BytesIO(self.admin.simulator.export(kind).data.content))

    def tables(self) -> dict[str, list[Row]]:
        """The tables of an export."""
        archive = self.archive()
        return {
            table.path: [json.loads(line) for line in archive.read(f"{table.path}.jsonl").splitlines()]
            for table in TABLES
        }


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivedBank]:
    with bank_processes(tmp_path_factory.mktemp("bank")) as bank:
        lived = LivedBank(bank)
        job = lived.admin.simulator.make_world(seed=SEED, customers=PEOPLE, days=DAYS, preset="eurozone").data
        for posted in (50, 300):
            lived.wait(job["id"], posted=posted)
            bank.kill(SIMULATOR)
            bank.start(SIMULATOR)
        lived.wait(job["id"])
        yield lived


def test_each_transaction_has_its_truth_and_each_event_what_came_of_it(lived: LivedBank) -> None:
    """Killed twice: the ids of what had been posted before are those of the answers that the bank gave again."""
    tables = lived.tables()
    moved, truths = tables["bank/transactions"], tables["truth/transactions"]
    assert [row["id"] for row in moved] == [row["transaction_id"] for row in truths]
    assert [row["effective_at"] for row in moved] == sorted(row["effective_at"] for row in moved)
    by_the_bank = {"interest", "interest_charge", "fee", "card_payment"}
    pairs = list(zip(moved, truths, strict=True))
    assert {row["type"] for row, true in pairs if true["event_id"] is None} <= by_the_bank
    world = lived.admin.simulator.status().data["world"]
    assert world is not None
    start_us = from_wire(str(world["start"]))
    planner = Planner(World(SEED, PEOPLE, start_us // HOUR_US, preset=preset_named("eurozone")))
    plan = {event.id: event for event in planner.events(start_us, from_wire(str(world["lived_until"])))}
    planned = [(row, true, plan[true["event_id"]]) for row, true in pairs if true["event_id"] is not None]
    assert {true["label"] for _, true, _ in planned} == {"ordinary"}
    assert all(Decimal(row["amount"]) == Decimal(event.amount_minor) / 100 for row, _, event in planned)
    assert all(true["true_category"] == event.category for _, true, event in planned)
    accounts = {row["id"]: row["customer_id"] for row in tables["bank/accounts"]}
    parties = {row["customer_id"]: row["party_id"] for row in tables["truth/people"]}
    for row, _, event in planned:
        for side, party in ((row["from_account_id"], event.source), (row["to_account_id"], event.target)):
            named = None if party is None else party.removesuffix(".savings")
            assert named is None or side is None or parties[accounts[side]] == named
    intents = Counter(true["intent"] for _, true, _ in planned)
    assert min(intents[name] for name in ("purchase", "rent", "wage", "bill", "subscription", "opening")) > 0
    happened = {true["event_id"].removesuffix("collected").removesuffix("purchase") for _, true, _ in planned}
    wages = [event.id for event in plan.values() if event.type == "payroll"]
    assert set(wages) <= happened
    rents = [event.id for event in plan.values() if event.type == "standing_order"]
    assert rents
    assert set(rents) <= happened
    check_ledger(lived.bank.data / "transaction_service.db")


def test_every_format_says_the_same_and_the_manifest_what_it_is(lived: LivedBank) -> None:
    kinds: tuple[WorldExportFormat, ...] = ("parquet", "csv", "jsonl")
    files = {kind: lived.archive(kind) for kind in kinds}
    for kind, archive in files.items():
        manifest = json.loads(archive.read("manifest.json"))
        assert [(one["seed"], one["customers"], one["preset"]) for one in manifest["worlds"]] == [
            (SEED, PEOPLE, "eurozone")
        ]
        for line in archive.read("SHA256SUMS").decode().splitlines():
            digest, _, name = line.partition("  ")
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
        assert {file["path"] for file in manifest["files"]} >= {f"{table.path}.{kind}" for table in TABLES}
    dictionary = json.loads(files["csv"].read("data-dictionary.json"))
    described = {table["table"]: [column["name"] for column in table["columns"]] for table in dictionary["tables"]}
    for table in TABLES:
        lines = [json.loads(line) for line in files["jsonl"].read(f"{table.path}.jsonl").splitlines()]
        cells = list(csv.DictReader(io.StringIO(files["csv"].read(f"{table.path}.csv").decode())))
        columns = pq.read_table(io.BytesIO(files["parquet"].read(f"{table.path}.parquet")))
        assert columns.column_names == described[table.path] == list(cells[0]) == list(lines[0])
        assert columns.num_rows == len(cells) == len(lines) > 0
        for one in table.columns:
            texts = [row[one.name] for row in lines]
            if one.kind == "text":
                assert columns[one.name].to_pylist() == texts
                assert [row[one.name].removeprefix("'") for row in cells] == [text or "" for text in texts]
            elif one.kind == "money":
                assert columns[one.name].to_pylist() == [None if text is None else Decimal(text) for text in texts]


def test_the_three_lines_of_the_page_load_it(lived: LivedBank, tmp_path: Path) -> None:
    (tmp_path / "world.zip").write_bytes(lived.admin.simulator.export("parquet").data.content)
    blocks = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "docs" / "world-data.md").read_text(), re.MULTILINE | re.DOTALL
    )
    assert len(blocks) == 2, "polars and pandas"
    shown = "print(len(labelled), sorted(set(labelled['label'])), 'merchant' in labelled, labelled['amount'].dtype)"
    for block in blocks:
        assert block.count("\n") <= 5
        done = subprocess.run(
            [sys.executable, "-c", block + shown], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        rows, said = done.stdout.split(" ", 1)
        assert int(rows) > 300
        assert said.startswith("['ordinary'] True ")


def test_people_of_a_persona_are_so_and_can_be_logged_in_as(lived: LivedBank) -> None:
    kinds = lived.admin.simulator.personas().data["personas"]
    assert [one["name"] for one in kinds] == [persona.name for persona in PERSONAS]
    found = {one["name"]: lived.admin.simulator.people(one["name"], limit=50).data for one in kinds}
    assert sum(found[name]["found"] for name in ("frugal", "average", "spender")) == PEOPLE
    assert found["saver"]["people"], "some save"
    rows = [row for row in lived.tables()["truth/people"] if row["kind"] == "person"]
    assert len(rows) == PEOPLE
    assert found["strained"]["found"] == sum(row["is_strained"] for row in rows) > 0
    saver = found["saver"]["people"][0]
    as_saver = Client(lived.bank.url(GATEWAY))
    as_saver.log_in(saver["username"], str(saver["password"]))
    theirs = {one["account_type"]: one for one in as_saver.accounts.list().data}
    assert (theirs["checking"]["id"], theirs["checking"]["balance"]) == (saver["account_id"], saver["balance"])
    assert Decimal(theirs["savings"]["balance"]) > 0
    assert f"has {theirs['savings']['balance']} EUR" in saver["why"]
    with pytest.raises(RefusedError):
        as_saver.simulator.people("saver")
    with pytest.raises(RefusedError):
        as_saver.simulator.export("csv")


def test_the_pages_have_the_files_and_the_people(lived: LivedBank) -> None:
    url, browser = lived.bank.url(GATEWAY), requests.Session()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(f"{url}/login", timeout=30).text)
    assert token is not None
    log_in = json.loads((lived.bank.data / "credentials.json").read_text())["admin"]
    browser.post(f"{url}/login", {**log_in, "csrf_token": token[1]}, timeout=30).raise_for_status()
    person = lived.admin.simulator.people("saver").data["people"][0]
    page = browser.get(f"{url}/admin/simulator/people?persona=saver", timeout=30).text
    assert all(str(person[name]) in page for name in ("username", "password", "account_number", "why"))
    assert browser.get(f"{url}/admin/simulator/people?persona=hero", timeout=30).status_code == 404
    listed = browser.get(f"{url}/admin/simulator/data", timeout=30).text
    assert all(table.path in listed for table in TABLES)
    file = browser.get(f"{url}/admin/simulator/data/file?format=csv", timeout=60)
    assert zipfile.ZipFile(io.BytesIO(file.content)).testzip() is None
    assert browser.get(f"{url}/admin/simulator/data/file?format=xls", timeout=30).status_code == 404


def test_what_nobody_planned_has_no_label(lived: LivedBank) -> None:
    """Somebody logs in for a customer and pays: the truth of it is not known, and it says so."""
    person = lived.admin.simulator.people("average").data["people"][0]
    client = Client(lived.bank.url(GATEWAY))
    client.log_in(person["username"], str(person["password"]))
    made = client.transactions.deposit(person["account_id"], "12.34").data
    (true,) = [row for row in lived.tables()["truth/transactions"] if row["transaction_id"] == made["id"]]
    assert (true["intent"], true["label"], true["event_id"]) == ("unplanned", None, None)
    assert true["persona"] == "average"


def test_what_belongs_to_a_scenario_has_its_label(lived: LivedBank) -> None:
    made = lived.admin.scenarios.inject("fan_in", seed=4, look_alikes=1).data["injected"]
    lived.wait(lived.admin.simulator.advance(days=8).data["id"])
    truths = lived.tables()["truth/transactions"]
    for scenario in made:
        theirs = [row for row in truths if row["scenario_instance"] == scenario["id"]]
        assert len(theirs) == scenario["events"] > 0
        assert {(row["scenario"], row["label"], row["intent"]) for row in theirs} == {
            ("fan_in", scenario["label"], scenario["label"])
        }
    assert {scenario["label"] for scenario in made} == {"laundering", "benign"}


def test_a_document_is_made_again_by_an_empty_bank_to_the_cent(lived: LivedBank) -> None:
    """The last test of this bank: it empties it. What somebody did beside the plan is no part of the world again."""
    admin = lived.admin
    with pytest.raises(RefusedError, match="made again exactly") as refused:
        admin.simulator.export("json")
    assert refused.value.code == "WORLD_NOT_REPEATABLE"
    admin.simulator.reset("Sandbank")
    lived.wait(admin.simulator.make_world(seed=3, customers=6, days=40).data["id"])
    lived.wait(admin.simulator.advance(days=2).data["id"])
    first = json.loads(admin.simulator.export("json").data.content)
    admin.simulator.reset("Sandbank")
    lived.wait(admin.simulator.import_world(first).data["id"])
    second = json.loads(admin.simulator.export("json").data.content)
    with pytest.raises(RefusedError, match="into an empty bank") as refused:
        admin.simulator.import_world(second)
    assert refused.value.code == "BANK_NOT_EMPTY"
    assert len(first["bank"]["transactions"]) > 300
    assert _said(second) == _said(first)
    assert second["content_sha256"] == first["content_sha256"]
    (world,), (again,) = first["worlds"], second["worlds"]
    for name in ("seed", "customers", "start", "lived_until", "posted", "refused", "plan_sha256", "number", "is_lived"):
        assert again[name] == world[name]
    for table, names in (("customers", ("id", "username")), ("accounts", ("id", "account_number", "balance"))):
        theirs, same = (
            {tuple(row[name] for name in names) for row in one["bank"][table] if row.get("account_type") != "credit"}
            for one in (first, second)
        )
        assert theirs == same


def _said(document: Row) -> list[Row]:
    """What a document says of transactions, without what two banks cannot have in common: ids and the real time."""
    names = ("effective_at", "type", "status", "error_code", "amount", "description", "merchant", "channel")
    rows = [{name: row[name] for name in names} for row in document["bank"]["transactions"]]
    return sorted(rows, key=json.dumps)

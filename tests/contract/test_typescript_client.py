"""The bank's /openapi.json as TypeScript sees it, and as a linter does: types that compile strictly, no complaint."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared import services
from tests.apps import whole_bank
from tests.needs import TYPESCRIPT, node_tool

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The gateway's document in a file."""
    with whole_bank(tmp_path_factory.mktemp("bank")) as bank:
        text = bank.client(services.GATEWAY).get("/openapi.json").text
    path = tmp_path_factory.mktemp("description") / "openapi.json"
    path.write_text(text)
    return path


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a tool without the settings of whoever runs the tests."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "REDOCLY_TELEMETRY": "off", "CI": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=180
    )


def compiled(description: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """`tsc --strict` over tests/contract/typescript/pay.ts and the types made of the description."""
    for name in ("pay.ts", "tsconfig.json", "package.json"):
        shutil.copy(TYPESCRIPT / name, folder)
    (folder / "node_modules").symlink_to(TYPESCRIPT / "node_modules")
    made = run([*node_tool("openapi-typescript"), str(description), "--output", str(folder / "api.ts")], folder)
    assert made.returncode == 0, made.stdout + made.stderr
    return run([*node_tool("tsc"), "--project", "tsconfig.json"], folder)


def test_a_transfer_written_in_typescript_compiles_under_strict(description: Path, tmp_path: Path) -> None:
    result = compiled(description, tmp_path)
    assert result.returncode == 0, result.stdout


def test_a_client_no_longer_compiles_when_the_contract_breaks(description: Path, tmp_path: Path) -> None:
    document: dict[str, Any] = json.loads(description.read_text())
    transfer = document["components"]["schemas"]["TransferRequest"]
    transfer["required"] = [*transfer["required"], "description"]
    broken = tmp_path / "openapi.json"
    broken.write_text(json.dumps(document))
    folder = tmp_path / "client"
    folder.mkdir()
    assert "'description' is missing" in compiled(broken, folder).stdout


def test_redocly_recommends_nothing(description: Path, tmp_path: Path) -> None:
    shutil.copy(TYPESCRIPT / "redocly.yaml", tmp_path)
    result = run([*node_tool("redocly"), "lint", str(description), "--format", "json"], tmp_path)
    found = json.loads(result.stdout[result.stdout.index("{") :])
    problems = [f"{one['ruleId']}: {one['message']}" for one in found["problems"]]
    assert problems == []
    assert (result.returncode, found["totals"]["errors"], found["totals"]["warnings"]) == (0, 0, 0)

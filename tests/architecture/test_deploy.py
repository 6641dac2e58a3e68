"""The units of systemd and the configuration of nginx: as their own programs read them, and as the bank has it."""

import re
import subprocess
from pathlib import Path

import pytest

from shared.services import GATEWAY
from shared.serving.framing import MAX_BODY_BYTES
from tests import needs
from tests.architecture.sources import ROOT
from tests.unit.test_production import SAFE

UNITS = ROOT / "deploy" / "systemd"
INSTALLED = "/opt/sandbank"
MOST_EXPOSED = 20
"""Of a hundred, as `systemd-analyze security` counts; a service without any of it has 96."""


@pytest.fixture
def units(tmp_path: Path) -> list[str]:
    """The units as if the bank were installed where this checkout lies."""
    for unit in (*UNITS.glob("*.service"), *UNITS.glob("*.timer")):
        (tmp_path / unit.name).write_text(unit.read_text().replace(INSTALLED, str(ROOT)))
    return sorted(str(path) for path in tmp_path.iterdir())


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_systemd_finds_nothing_wrong_with_the_units(units: list[str]) -> None:
    assert len(units) == 5
    found = run(needs.program("systemd-analyze"), "verify", *units)
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


def test_the_services_may_do_little_more_than_they_have_to(units: list[str]) -> None:
    for unit in (one for one in units if one.endswith(".service")):
        found = run(needs.program("systemd-analyze"), "security", "--offline=yes", f"--threshold={MOST_EXPOSED}", unit)
        assert found.returncode == 0, found.stdout


def test_what_the_units_start_is_there() -> None:
    texts = [unit.read_text() for unit in UNITS.glob("*.service")]
    commands = [line for text in texts for line in re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)]
    assert len(commands) == 3
    scripts = {name for command in commands for name in re.findall(r"[a-z_]+\.py", command)}
    assert [name for name in scripts if not (ROOT / name).is_file()] == []


def test_the_example_of_an_environment_names_what_production_does_not_start_without() -> None:
    named = set(re.findall(r"^([A-Z_]+)=", (UNITS / "environment.example").read_text(), re.M))
    in_the_unit, of_auth = {"BANK_ENV"}, {"AUTH_CLIENT_SECRET"}
    assert named == SAFE.keys() - in_the_unit - of_auth | {"BANK_ADMIN_USERNAME"}


def test_nginx_leads_to_the_gateway_and_says_who_asks() -> None:
    text = (ROOT / "deploy" / "nginx" / "sandbank.conf").read_text()
    assert f"proxy_pass http://127.0.0.1:{GATEWAY.default_port};" in text
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text, "what a client says of itself does not pass"
    assert "proxy_next_upstream off;" in text, "no order is sent twice"
    assert "proxy_add_x_forwarded_for" not in text


@pytest.mark.parametrize("file", sorted((ROOT / "deploy" / "nginx").glob("*.conf")), ids=lambda file: file.name)
def test_nginx_tells_nobody_the_figures(file: Path) -> None:
    assert re.search(r"location = /metrics \{[^}]*\breturn 404;", file.read_text())


@pytest.mark.parametrize("file", sorted((ROOT / "deploy" / "nginx").glob("*.conf")), ids=lambda file: file.name)
def test_nginx_keeps_hardly_more_of_a_request_than_the_gateway_takes(file: Path) -> None:
    text = file.read_text()
    (stated,) = re.findall(r"^\s*client_max_body_size (\d+)m;", text, re.MULTILINE)
    assert MAX_BODY_BYTES < int(stated) * 1024 * 1024 < 2 * MAX_BODY_BYTES

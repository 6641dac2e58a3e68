"""docs/settings.md names every environment variable the bank reads, and one bank of tests has all of them changed."""

import ast
import re
from pathlib import Path

from notification_service.email.smtp import MailServer
from shared.services import SERVICES
from tests.architecture.sources import ROOT, SERVICE_PACKAGES, files_of, tree
from tests.e2e.changed_settings import CONFIGURED, Surroundings, changed_settings
from tests.rate_pages import PATHS

READS = re.compile(
    r"""(?:os\.environ\.get\(|os\.environ\[|envvar=|\b(?:text|number|secret|rate|port_from|agent_host|base_url|file_path|older_keys|_each|_within)\()\s*(f?)"([^"\s]+)\""""
)
SETTING = re.compile(r"`((?:<SERVICE>|[A-Z]+)(?:_[A-Z]+)+)`")
NOT_FOR_PEOPLE = {
    *("BANK_RESTARTS", "BANK_PLANNED_RESTARTS", "BANK_STARTED_AT", "BANK_SUPERVISED"),
    *("PROMETHEUS_MULTIPROC_DIR", "SCRIPT_NAME"),
}


def variables_read() -> set[str]:
    """Names as the document writes them: `<SERVICE>_PORT` for what each service has."""
    found = set()
    for package in ("shared", "operations", "orchestrator", "cli", *SERVICE_PACKAGES):
        for path in files_of(package):
            for is_pattern, name in READS.findall(path.read_text()):
                found.add(re.sub(r"\{[^}]*\}", "<SERVICE>", name) if is_pattern else name)
    return {name for name in found if re.fullmatch(r"(<SERVICE>|[A-Z]+)(_[A-Z]+)+", name)} - NOT_FOR_PEOPLE


def test_every_setting_is_in_the_document() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    assert {name for name in variables_read() if f"`{name}`" not in text} == set()


def test_the_document_names_no_setting_that_nothing_reads() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    assert set(SETTING.findall(text)) - variables_read() == set()


def names_set(path: Path) -> set[str]:
    """The settings that a test file gives a value: keys of dictionaries and subscripts, keyword names, `setenv`."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Dict):
            found |= {shape(key) for key in node.keys if key is not None}
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            found.add(shape(node.slice))
        elif isinstance(node, ast.DictComp):
            found.add(shape(node.key))
        elif isinstance(node, ast.Call):
            found |= {keyword.arg or "" for keyword in node.keywords}
            if getattr(node.func, "attr", "") == "setenv":
                found.add(shape(node.args[0]))
    return found


def shape(node: ast.AST) -> str:
    """A name as the document writes it: `<SERVICE>_PORT` for `f"{prefix}_PORT"`."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "<SERVICE>" for part in node.values)
    return ""


def of_services(*names: str) -> set[str]:
    """The setting of each service but these: `of_services("_WORKERS", "AUTH")`."""
    ending, *left_out = names
    return {service.env_prefix + ending for service in SERVICES if service.env_prefix not in left_out}


ELSEWHERE = {
    "in production there is no demo world, and a bank that a test resets is none": {
        "tests/e2e/test_settings.py": {"BANK_ENV"}
    },
    "every bank of tests has its own": {"tests/e2e/running_bank.py": {"BANK_DATA_DIR", *of_services("_PORT")}},
    "traces need somebody who receives them": {
        "tests/e2e/test_tracing.py": {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER_ARG"}
    },
    "these have one process on SQLite": {
        "tests/resilience/test_bank_on_servers.py": {"TRANSACTION_WORKERS", "REPORTING_WORKERS", "NOTIFICATION_WORKERS"}
    },
    "it is in another place in the bank of all settings, on servers in the one named": {
        "tests/resilience/test_bank_on_servers.py": of_services("_DATABASE_URL", "GATEWAY", "REPORTING")
    },
    "the others are found through Consul there": {
        "tests/e2e/test_settings.py": {f"{service.env_prefix}_SERVICE_URL" for service in SERVICES}
        - {f"{service.env_prefix}_SERVICE_URL" for service in CONFIGURED}
    },
    "they are of the command, which is no part of the bank": {
        "tests/unit/test_cli_sessions.py": {"SANDBANK_CONFIG_DIR", "XDG_CONFIG_HOME"},
        "tests/e2e/running_bank.py": {"SANDBANK_URL", "SANDBANK_PASSWORD"},
    },
}
"""Why a documented setting has its default in the bank of test_settings.py, and which test gives it another value."""
NO_SUCH = {
    "GATEWAY_DATABASE_URL",  # it has no database
    "SIMULATOR_WORKERS",  # it has one engine; test_settings.py of the units has it refused
    *of_services("_SEAL_KEY", "SIMULATOR", "NOTIFICATION"),  # the others' rows carry no seals
    *of_services("_OLDER_SEAL_KEYS", "SIMULATOR", "NOTIFICATION"),
}


def defaults() -> dict[str, str]:
    """What the document says of each setting's default; `<SERVICE>_PORT` is that of each service."""
    found = {}
    for line in (ROOT / "docs" / "settings.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        names = SETTING.findall(cells[0]) if cells else []
        each = [part.strip(" `") for part in cells[1].split(",")] if names else []
        for position, name in enumerate(names):
            default = each[position] if len(each) == len(names) else " ".join(each)
            whose = [service.env_prefix for service in SERVICES] if name.startswith("<SERVICE>") else [""]
            found |= {name.replace("<SERVICE>", prefix): default for prefix in whose}
    return {name: default for name, default in found.items() if name not in NO_SUCH}


def test_one_bank_of_tests_has_every_documented_setting_changed() -> None:
    """A setting that no test gives a value is one that nobody knows to work."""
    documented = defaults()
    here = Path("/nowhere")
    ports = {service.name: 1 for service in SERVICES}
    around = Surroundings(
        here / "data", 1, "redis://x", MailServer("x", 1, "x", "x"), here, dict.fromkeys(PATHS), ports
    )
    given = changed_settings(around)
    elsewhere = {name for tests in ELSEWHERE.values() for names in tests.values() for name in names}
    others = {"SSL_CERT_FILE"}  # of the machine, not of the bank
    assert documented.keys() - given.keys() == elsewhere, "a documented setting is not in tests/e2e/changed_settings.py"
    assert given.keys() - others <= documented.keys()
    assert {name for name, value in given.items() if value == documented.get(name)} == set()


def test_what_that_bank_cannot_have_changed_another_test_changes() -> None:
    for tests in ELSEWHERE.values():
        for path, names in tests.items():
            set_there = names_set(ROOT / path)
            unset = {name for name in names if not {name, re.sub(r"^[A-Z]+_", "<SERVICE>_", name)} & set_there}
            assert unset == set(), path

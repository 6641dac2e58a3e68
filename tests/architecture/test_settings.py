"""docs/settings.md names every environment variable the bank reads, and a test switches each of them on."""

import ast
import re
from pathlib import Path

from shared.services import SERVICES
from tests.architecture.sources import ROOT, SERVICE_PACKAGES, files_of, tree

READS = re.compile(
    r"""(?:os\.environ\.get\(|os\.environ\[|envvar=|\b(?:text|number|secret|rate|port_from|_each|_within)\()\s*(f?)"([^"\s]+)\""""
)
PREFIXES = "|".join(service.env_prefix for service in SERVICES)
NOT_FOR_PEOPLE = {"BANK_SUPERVISED", "PROMETHEUS_MULTIPROC_DIR", "SCRIPT_NAME"}


def variables_read() -> set[str]:
    """Names as the document writes them: `<SERVICE>_PORT` for what each service has."""
    found = set()
    for package in ("shared", "orchestrator", "cli", *SERVICE_PACKAGES):
        for path in files_of(package):
            for is_pattern, name in READS.findall(path.read_text()):
                found.add(re.sub(r"\{[^}]*\}", "<SERVICE>", name) if is_pattern else name)
    return {name for name in found if re.fullmatch(r"(<SERVICE>|[A-Z]+)(_[A-Z]+)+", name)} - NOT_FOR_PEOPLE


def test_every_setting_is_in_the_document() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    assert {name for name in variables_read() if f"`{name}`" not in text} == set()


def test_the_document_names_no_setting_that_nothing_reads() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    written = set(re.findall(r"`((?:<SERVICE>|[A-Z]+)(?:_[A-Z]+)+)`", text))
    assert written - variables_read() == set()


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


def test_every_documented_setting_is_switched_on_by_a_test() -> None:
    """A setting that no test gives a value is one that nobody knows to work."""
    text = (ROOT / "docs" / "settings.md").read_text()
    documented = set(re.findall(r"`((?:<SERVICE>|[A-Z]+)(?:_[A-Z]+)+)`", text))
    given = set().union(*(names_set(path) for path in files_of("tests") if "architecture" not in path.parts))
    given |= {re.sub(rf"^(?:{PREFIXES})_", "<SERVICE>_", name) for name in given}
    assert documented - given == set()

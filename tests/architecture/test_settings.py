"""docs/settings.md names every environment variable the bank reads."""

import re

from tests.architecture.sources import ROOT, SERVICE_PACKAGES, files_of

READS = re.compile(
    r"""(?:os\.environ\.get\(|os\.environ\[|envvar=|\b(?:text|number|secret|rate|port_from|_each|_within)\()\s*(f?)"([^"\s]+)\""""
)
NOT_FOR_PEOPLE = {"BANK_SUPERVISED", "PROMETHEUS_MULTIPROC_DIR"}


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

"""CONTRIBUTING.md names the packages that each folder of code has, and no others; none holds more than thirty files."""

import re
from collections import Counter

from tests.architecture.sources import ROOT, SERVICE_PACKAGES, files_of, shown

ROW = re.compile(r"^\| `(\w+)` \| (.+) \|$", re.MULTILINE)
OF_EVERY_SERVICE = {"migrations"}
FOLDERS = (*SERVICE_PACKAGES, "shared", "cli", "sandbank")
MOST_FILES = 30


def packages_of(folder: str) -> set[str]:
    """The packages of features in a folder."""
    return {path.parent.name for path in (ROOT / folder).glob("*/__init__.py")} - OF_EVERY_SERVICE


def test_the_map_of_packages_is_what_the_folders_have() -> None:
    document = (ROOT / "CONTRIBUTING.md").read_text()
    mapped = {
        folder: {name.split("/")[0] for name in re.findall(r"`([^`]+)`", row)} for folder, row in ROW.findall(document)
    }
    assert mapped == {folder: packages_of(folder) for folder in FOLDERS if packages_of(folder)}


def test_no_folder_holds_more_files_than_can_be_looked_over() -> None:
    files = Counter(shown(path.parent) for folder in FOLDERS for path in files_of(folder) if path.name != "__init__.py")
    assert {folder: number for folder, number in files.items() if number > MOST_FILES} == {}

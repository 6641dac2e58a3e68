"""CONTRIBUTING.md names the packages that each service has, and no others."""

import re

from tests.architecture.sources import ROOT, SERVICE_PACKAGES

ROW = re.compile(r"^\| `(\w+)` \| (.+) \|$", re.MULTILINE)
OF_EVERY_SERVICE = {"migrations"}


def packages_of(service: str) -> set[str]:
    """The packages of features in a service's folder."""
    return {path.parent.name for path in (ROOT / service).glob("*/__init__.py")} - OF_EVERY_SERVICE


def test_the_map_of_packages_is_what_the_folders_have() -> None:
    document = (ROOT / "CONTRIBUTING.md").read_text()
    mapped = {
        service: {name.split("/")[0] for name in re.findall(r"`([^`]+)`", row)}
        for service, row in ROW.findall(document)
    }
    assert mapped == {service: packages_of(service) for service in SERVICE_PACKAGES if packages_of(service)}

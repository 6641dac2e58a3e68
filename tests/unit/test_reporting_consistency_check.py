"""A listing is looked at page by page, and what differed is looked at again, however the listing has grown."""

from collections.abc import Callable

import pytest

from reporting_service.proof import consistency_check
from reporting_service.proof.checks import Finding
from reporting_service.proof.consistency_check import Range, compare_twice
from reporting_service.service_clients import Row


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consistency_check, "PAGE", 2)


def listing_of(ids: list[str]) -> Callable[[str, str | None], list[Row]]:
    """Pages of two of a list that may grow."""

    def page(after: str, until: str | None) -> list[Row]:
        return [{"id": one} for one in sorted(ids) if one > after and (until is None or one <= until)][:2]

    return page


def strangers(_span: Range, rows: list[Row]) -> list[Finding]:
    """Whoever has an x in their id is wrong."""
    return [Finding("check", "service", row["id"], "is a stranger") for row in rows if "x" in row["id"]]


def test_every_page_is_looked_at_and_counted() -> None:
    compared = compare_twice(listing_of(["a", "bx", "c", "dx", "ex"]), "id", strangers, between=lambda: None)
    assert compared.records == 5
    assert [finding.record for finding in compared.findings] == ["bx", "dx", "ex"]


def test_what_has_settled_is_no_finding() -> None:
    ids = ["a", "bx", "cx"]
    compared = compare_twice(listing_of(ids), "id", strangers, between=lambda: ids.remove("bx"))
    assert [finding.record for finding in compared.findings] == ["cx"]


def test_what_came_between_the_looks_hides_nothing_and_is_no_finding_yet() -> None:
    ids = ["zx"]
    compared = compare_twice(listing_of(ids), "id", strangers, between=lambda: ids.extend(["a", "b", "c", "dx"]))
    assert [finding.record for finding in compared.findings] == ["zx"]


def test_nothing_is_waited_for_when_nothing_differs() -> None:
    def never() -> None:
        raise AssertionError

    assert compare_twice(listing_of(["a", "b", "c"]), "id", strangers, between=never).findings == []

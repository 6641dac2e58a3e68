"""Which requests a fault is about, and what its header says."""

import pytest

from gateway.faults.fault import Fault, fault_of_header, rule_of
from shared.enums import FaultKind
from shared.identifiers import new_id

ROW = {
    "id": new_id(),
    "kind": "error",
    "path": "/api/transactions/*",
    "method": "POST",
    "probability": 0.5,
    "milliseconds": None,
    "status": None,
    "times": None,
    "user_id": None,
}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("reply_lost", Fault(FaultKind.REPLY_LOST, 0, 503)),
        (" error ; status=500", Fault(FaultKind.ERROR, 0, 500)),
        ("latency;milliseconds=20", Fault(FaultKind.LATENCY, 20, 503)),
        ("latency", Fault(FaultKind.LATENCY, 1000, 503)),
        ("stale_read", Fault(FaultKind.STALE_READ, 5000, 503)),
    ],
)
def test_the_header_says_what_goes_wrong(text: str, meant: Fault) -> None:
    assert fault_of_header(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fire",
        "latency; milliseconds=0",
        "latency; milliseconds=30001",
        "latency; status=500",
        "error; status=200",
        "error; status=four",
        "reset; milliseconds=5",
        "reply_lost, reset",
        "error" + ";status=500" * 5000 + "!",
    ],
    ids=lambda text: text[:30],
)
def test_a_header_that_says_nothing_of_the_kind_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must|says"):
        fault_of_header(text)


def nobody() -> None:
    """Whose request it is that carries no token that holds."""


@pytest.mark.parametrize(
    ("pattern", "path", "is_met"),
    [
        ("/api/transactions/transfer", "/api/transactions/transfer", True),
        ("/api/transactions/transfer", "/api/transactions/transfers", False),
        ("/api/transactions/*", "/api/transactions/transfer", True),
        ("/api/transactions/*", "/api/transactions/holds/1/void", True),
        ("/api/transactions/*", "/api/transactions", False),
        ("/api/*/list", "/api/accounts/list", True),
        ("/api/*/list", "/api/accounts/old/list", False),
        ("/api/a.c/list", "/api/abc/list", False),
        ("/api/*", "/api/accounts/list", True),
    ],
)
def test_a_star_is_one_segment_and_at_the_end_all_that_follow(pattern: str, path: str, is_met: bool) -> None:
    assert rule_of({**ROW, "path": pattern}).is_about("POST", path, nobody) is is_met


def test_a_rule_is_about_its_method_and_its_user_alone() -> None:
    user, other = new_id(), new_id()
    rule = rule_of({**ROW, "user_id": user})
    assert rule.is_about("POST", "/api/transactions/transfer", lambda: user)
    assert not rule.is_about("GET", "/api/transactions/transfer", lambda: user)
    assert not rule.is_about("POST", "/api/transactions/transfer", lambda: other)
    assert not rule.is_about("POST", "/api/transactions/transfer", nobody)


def test_whose_request_it_is_is_asked_by_a_rule_about_a_user_alone() -> None:
    asked: list[str] = []
    rule_of(ROW).is_about("POST", "/api/transactions/transfer", lambda: asked.append("whose"))
    rule_of({**ROW, "user_id": new_id()}).is_about("GET", "/api/transactions/transfer", lambda: asked.append("whose"))
    assert asked == []

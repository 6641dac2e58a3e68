"""What goes wrong, and with which requests. Pure.

`X-Sandbank-Fault: latency; milliseconds=2000` says it for one request; the simulator keeps what is said for many.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.enums import FaultKind
from shared.faults import ERROR_STATUSES, LONGEST_MILLISECONDS, TIMED_KINDS

HEADER = "X-Sandbank-Fault"
_MILLISECONDS = {FaultKind.LATENCY: 1000, FaultKind.STALE_READ: 5000, FaultKind.RATE_LIMITED: 1000}
_STATUS = 503
_WRITTEN = re.compile(r"([a-z_]{1,20})((?: *; *[a-z]{1,20}=[0-9]{1,6})*)", re.ASCII)
_PARAMETER = re.compile(r"([a-z]+)=([0-9]+)", re.ASCII)
_EVERYTHING = re.compile(".+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong; `status` is of an error, `milliseconds` of what takes or lasts some time."""

    kind: FaultKind
    milliseconds: int
    status: int


@dataclass(frozen=True, slots=True)
class FaultRule:
    """With which requests. `is_counted`: it happens so many times, and the simulator counts."""

    fault: Fault
    id: str = ""
    path: re.Pattern[str] = _EVERYTHING
    method: str | None = None
    probability: float = 1
    user_id: str | None = None
    is_counted: bool = False

    def is_about(self, method: str, path: str, user_id: Callable[[], str | None]) -> bool:
        """Whether it is about such a request; whose that is, is asked only by a fault that is about one user."""
        return (
            self.method in (None, method)
            and self.path.fullmatch(path) is not None
            and (self.user_id is None or self.user_id == user_id())
        )


def rule_of(row: dict[str, Any]) -> FaultRule:
    """A fault as the simulator tells it."""
    kind = FaultKind(row["kind"])
    return FaultRule(
        fault=_fault(kind, row["milliseconds"], row["status"]),
        id=row["id"],
        path=_pattern(row["path"]),
        method=row["method"],
        probability=row["probability"],
        user_id=row["user_id"],
        is_counted=row["times"] is not None,
    )


def fault_of_header(text: str) -> Fault:
    """What the header asks for. Raises ValueError, with what it should be, for what is none."""
    written = _WRITTEN.fullmatch(text.strip())
    if written is None or written[1] not in set(FaultKind):
        message = f"must be {', '.join(FaultKind)}, with ; milliseconds= or ; status= behind it"
        raise ValueError(message)
    kind = FaultKind(written[1])
    given = {name: int(value) for name, value in _PARAMETER.findall(written[2])}
    allowed = {"milliseconds"} if kind in TIMED_KINDS else {"status"} if kind is FaultKind.ERROR else set()
    if given.keys() - allowed:
        message = f"says of {kind} what is not of it: {', '.join(sorted(given.keys() - allowed))}"
        raise ValueError(message)
    if given.get("status", _STATUS) not in ERROR_STATUSES:
        message = f"must have a status of {', '.join(map(str, ERROR_STATUSES))}"
        raise ValueError(message)
    if not 1 <= given.get("milliseconds", 1) <= LONGEST_MILLISECONDS:
        message = f"must have 1 to {LONGEST_MILLISECONDS:,} milliseconds"
        raise ValueError(message)
    return _fault(kind, given.get("milliseconds"), given.get("status"))


def _fault(kind: FaultKind, milliseconds: int | None, status: int | None) -> Fault:
    return Fault(kind, milliseconds or _MILLISECONDS.get(kind, 0), status or _STATUS)


def _pattern(path: str) -> re.Pattern[str]:
    """`*` is one segment, at the end one and all that follow."""
    *segments, last = path.split("/")
    inner = "/".join("[^/]+" if segment == "*" else re.escape(segment) for segment in segments)
    return re.compile(f"{inner}/{'.+' if last == '*' else re.escape(last)}")

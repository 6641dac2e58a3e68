"""What the audit trail says."""

from typing import Any, TypedDict


class AuditActor(TypedDict):
    """Who did it, by which way and from where."""

    id: str | None
    name: str | None
    role: str | None
    session_id: str | None
    channel: str | None
    address: str | None
    client: str | None


class AuditSubject(TypedDict):
    """On what it was done, and whose that is."""

    kind: str
    id: str | None
    owner_id: str | None
    owner_name: str | None


class AuditRecord(TypedDict):
    """One act; `before` and `after` say what it changed."""

    id: str
    position: int
    service: str
    action: str
    occurred_at: str
    bank_time: str
    actor: AuditActor
    subject: AuditSubject
    result: str
    error_code: str | None
    reason: str | None
    request_id: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditFault(TypedDict):
    """The first thing that is wrong with the trail; `position` is None where that is its anchor."""

    position: int | None
    fault: str
    detail: str


class AuditVerdict(TypedDict):
    """Whether the trail is whole, and how many records are right."""

    holds: bool
    records: int
    first_position: int
    removed_before: str | None
    anchored: int | None
    first_fault: AuditFault | None
    seconds: str

"""What services write down, as the trail reads it: our own copy of their model (shared/audit.py)."""

from typing import Any

from shared.events.event_feed import InstantUs, ReadFacts


class AuditFacts(ReadFacts):
    """One act. Words are kept as they come, so that a service may have newer ones than this."""

    actor_id: str | None = None
    actor_name: str | None = None
    actor_role: str | None = None
    session_id: str | None = None
    channel: str | None = None
    address: str | None = None
    client: str | None = None
    request_id: str | None = None
    subject_kind: str
    subject_id: str | None = None
    owner_id: str | None = None
    result: str
    error_code: str | None = None
    reason: str | None = None
    bank_time: InstantUs | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None

"""The audit trail, for the people who run the bank."""

from sandbank.answers import Answer, Download, Page
from sandbank.resource import Resource, in_path
from sandbank.types.audit import AuditRecord, AuditVerdict


class Audit(Resource):
    """`/api/audit`."""

    def list(self, *, limit: int | None = None, cursor: str | None = None, **filters: object) -> Page[AuditRecord]:
        """A page of acts, newest first: `actor`, `subject`, `action`, `from`, `to`. Employees see what they did."""
        return self._client.page("/api/audit", limit=limit, cursor=cursor, **filters)

    def details(self, record_id: str) -> Answer[AuditRecord]:
        """One act."""
        return self._client.get(f"/api/audit/details/{in_path(record_id)}")

    def verify(self, *, timeout_seconds: float | None = None) -> Answer[AuditVerdict]:
        """Whether the trail is whole (administrators)."""
        return self._client.get("/api/audit/verify", timeout_seconds=timeout_seconds)

    def export(
        self,
        kind: str = "csv",
        *,
        timeout_seconds: float | None = None,
        **filters: object,
    ) -> Answer[Download]:
        """The trail as a file, oldest first: `csv` or `jsonl` (administrators)."""
        return self._client.get("/api/audit/export", timeout_seconds=timeout_seconds, format=kind, **filters)

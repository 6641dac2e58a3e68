"""Everything that the bank keeps of a person."""

from sandbank.answers import Answer, Download
from sandbank.resource import Resource


class OwnData(Resource):
    """`/api/reports/own-data`."""

    def export(
        self, *, user_id: str | None = None, reason: str | None = None, timeout_seconds: float | None = None
    ) -> Answer[Download]:
        """All of mine as a ZIP; for administrators also somebody else's, with the reason."""
        wanted = {"user_id": user_id, "reason": reason}
        body = {name: value for name, value in wanted.items() if value is not None}
        return self._client.call("POST", "/api/reports/own-data", body, timeout_seconds=timeout_seconds)

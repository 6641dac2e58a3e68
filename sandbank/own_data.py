"""Everything that the bank keeps of a person."""

from sandbank.answers import Answer, Download
from sandbank.resource import Resource, in_path
from sandbank.types.erasures import Erasure


class OwnData(Resource):
    """`/api/reports/own-data`, and the erasures of `/api/auth`."""

    def export(
        self, *, user_id: str | None = None, reason: str | None = None, timeout_seconds: float | None = None
    ) -> Answer[Download]:
        """All of mine as a ZIP; for administrators also somebody else's, with the reason."""
        wanted = {"user_id": user_id, "reason": reason}
        body = {name: value for name, value in wanted.items() if value is not None}
        return self._client.call("POST", "/api/reports/own-data", body, timeout_seconds=timeout_seconds)

    def erase(self, current_password: str) -> Answer[Erasure]:
        """Have the bank forget who I am; all my accounts have to be closed. The log-in ends with it."""
        return self._client.post("/api/auth/erasure", {"current_password": current_password})

    def erase_user(self, user_id: str, reason: str) -> Answer[Erasure]:
        """Have it forget a customer (administrators). Asking again goes on with what was left undone."""
        return self._client.post(f"/api/auth/users/{in_path(user_id)}/erasure", {"reason": reason})

    def erasure(self, user_id: str) -> Answer[Erasure]:
        """How far that has come (administrators). Raises RefusedError (404) where nobody asked for it."""
        return self._client.get(f"/api/auth/users/{in_path(user_id)}/erasure")

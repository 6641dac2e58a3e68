"""Faults on demand, in a bank in development (administrators)."""

from sandbank.answers import Answer, Page
from sandbank.resource import Resource, given, in_path
from sandbank.types.faults import Fault, FaultKind, FaultMethod, FaultsRemoved

_PATH = "/api/simulator/faults"


class Faults(Resource):
    """`/api/simulator/faults`."""

    def add(
        self,
        path: str,
        kind: FaultKind,
        *,
        method: FaultMethod | None = None,
        probability: float | None = None,
        milliseconds: int | None = None,
        status: int | None = None,
        times: int | None = None,
        user_id: str | None = None,
    ) -> Answer[Fault]:
        """Inject a fault into requests to a path of the API from now on."""
        facts = given(
            path=path,
            kind=kind,
            method=method,
            probability=probability,
            milliseconds=milliseconds,
            status=status,
            times=times,
            user_id=user_id,
        )
        return self._client.post(_PATH, facts)

    def list(self) -> Page[Fault]:
        """All faults, in the order of their adding."""
        return self._client.page(_PATH)

    def remove(self, fault_id: str) -> Answer[FaultsRemoved]:
        """Remove one fault."""
        return self._client.delete(f"{_PATH}/{in_path(fault_id)}")

    def clear(self) -> Answer[FaultsRemoved]:
        """Remove all faults."""
        return self._client.delete(_PATH)

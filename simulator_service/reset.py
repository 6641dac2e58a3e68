"""Emptying the bank: every service is fenced and still before the first is emptied, and none opens before the last is.

The stage is stored before it begins, so a reset that was cut off is finished as soon as the simulator runs and the
others answer; the fences outlive every process meanwhile, and nobody sees half a bank (docs/adr/0013).
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import structlog

from shared import services
from shared.audit import AuditDetails, Subject, acting_now
from shared.audit_enums import AuditAction, AuditSubject
from shared.identity.service_tokens import ServiceToken
from shared.network.discovery import Discovery
from shared.network.http_client import ServiceClient
from shared.refusals import NOT_FOUND, UNAVAILABLE, Refused
from shared.services import Service
from shared.storage.database import Database
from simulator_service import repository
from simulator_service.models import audit_log
from simulator_service.repository import ResetState

logger = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
FENCE_SECONDS = 20.0
EMPTY_SECONDS = 20.0
OPEN_SECONDS = 30.0
FENCING, EMPTYING, OPENING = "fencing", "emptying", "opening"

OWNERS = (services.ACCOUNT, services.AUTH, services.TRANSACTION)
"""In the order in which they are fenced: accounts being opened still reach the ledger, and end well."""
EMPTIED_IN_ORDER = (services.TRANSACTION, services.ACCOUNT, services.AUTH)
"""The ledger first, so that nothing is left pointing at what is gone."""
OPENED_IN_ORDER = (services.AUTH, services.ACCOUNT, services.TRANSACTION)
"""Auth first, as everybody asks it whose tokens are good; those who follow the others' feeds come after them."""
READERS = tuple(one for one in services.BACKENDS if one not in (*OWNERS, services.SIMULATOR))
"""They keep what the others tell. A bank may leave them out; one that is away learns of a reset from its feeds."""


class Reset:
    """One at a time; the caller sees to it that no step of a world runs meanwhile."""

    def __init__(self, database: Database, discovery: Discovery, token: ServiceToken) -> None:
        self._database = database
        self._discovery = discovery
        self._token = token
        self._one_at_a_time = threading.Lock()

    def run(self) -> list[str]:
        """Empty the bank; the names of the services that were emptied.

        Raises Refused (503) when a service does not answer. Nothing was done if that was before all were fenced; else
        the reset is finished as soon as they answer, and they answer nobody else until then.
        """
        with self._alone():
            state = ResetState(FENCING, self._left_out())
            self._store(state)
            try:
                self._set_fences((*OWNERS, *_readers(state)), is_closed=True)
            except Refused:
                self._open(state)
                raise
            state = ResetState(EMPTYING, state.left_out)
            with self._database.write_session() as session:  # from here on the bank will be empty, whatever comes
                repository.store_reset_state(session, state)
                told = AuditDetails(after={"left_out": list(state.left_out)})
                bank = Subject(AuditSubject.BANK)
                audit_log.write(session.connection(), AuditAction.BANK_RESET, bank, acting_now(), told)
            return self._go_on(state)

    def resume(self) -> None:
        """Finish a reset that was cut off, if there is one. Raises Refused (503) while that cannot be."""
        if self._stored() is None:
            return
        with self._alone():
            state = self._stored()  # as it is now that no other goes on: it may have ended meanwhile
            if state is not None:
                logger.warning("reset_goes_on", stage=state.stage)
                self._go_on(state)

    def _go_on(self, state: ResetState) -> list[str]:
        emptied: list[str] = []
        if state.stage == EMPTYING:
            emptied = self._empty(state)
            state = ResetState(OPENING, state.left_out)
            with self._database.write_session() as session:
                repository.clear(session)
                repository.store_reset_state(session, state)
        self._open(state)
        return emptied

    def _left_out(self) -> tuple[str, ...]:
        """The readers that do not run. Raises Refused (503) when an owner does not."""
        for service in OWNERS:
            self._call(service, "GET", "/internal/fence", None, LOOK_SECONDS)
        away = []
        for service in READERS:
            try:
                self._call(service, "GET", "/internal/fence", None, LOOK_SECONDS)
            except Refused as refused:
                if refused.refusal is not UNAVAILABLE:  # it runs, and said no
                    raise
                away.append(service.name)
        return tuple(away)

    def _empty(self, state: ResetState) -> list[str]:
        emptied = []
        for service in (*EMPTIED_IN_ORDER, *_readers(state)):
            try:
                self._call(service, "POST", "/internal/reset", {}, EMPTY_SECONDS)
            except Refused as refused:
                if refused.refusal.status != NOT_FOUND.status:
                    raise  # a 404 is of a reader that needs no telling: it drops what its feeds have dropped
            emptied.append(service.name)
        return emptied

    def _open(self, state: ResetState) -> None:
        self._set_fences((*OPENED_IN_ORDER, *_readers(state)), is_closed=False)
        self._store(None)

    def _set_fences(self, fenced: Iterable[Service], *, is_closed: bool) -> None:
        for service in fenced:
            seconds = FENCE_SECONDS if is_closed else OPEN_SECONDS
            self._call(service, "POST", "/internal/fence", {"closed": is_closed}, seconds)

    def _call(self, service: Service, method: str, path: str, payload: object, seconds: float) -> None:
        client = ServiceClient(service, self._discovery)
        client.call(method, path, token=self._token(), payload=payload, timeout_seconds=seconds)

    def _stored(self) -> ResetState | None:
        with self._database.read_session() as session:
            return repository.reset_state(session)

    def _store(self, state: ResetState | None) -> None:
        with self._database.write_session() as session:
            repository.store_reset_state(session, state)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._one_at_a_time.acquire(blocking=False):
            raise Refused(UNAVAILABLE, "The bank is being reset already; try again shortly.")
        try:
            yield
        finally:
            self._one_at_a_time.release()


def _readers(state: ResetState) -> list[Service]:
    """Those that take part."""
    return [reader for reader in READERS if reader.name not in state.left_out]

"""The HTTP of exports and of people by persona: parse, ask the bank as whoever asks, then write while it is read."""

import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeVar

from flask import Response, request
from flask_openapi3 import Tag

from sandbank import BankError, Client, Patience, ServiceCredentials
from shared.audit import audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.http.application import SECURED, ViewReply
from shared.http.field_problems import invalid
from shared.http.payloads import reply_of, success
from shared.http.route_files import answers_files, file_reply
from shared.identity.access import ADMIN, access, current_token
from shared.refusals import UNAVAILABLE, Refused
from shared.time import clock
from simulator_service import commands, repository, serializers
from simulator_service.context import context
from simulator_service.payloads import Job
from simulator_service.presets.loading import BASE, PRESETS
from simulator_service.refusals import BANK_NOT_EMPTY, NO_WORLD, WORLD_NOT_REPEATABLE
from simulator_service.truth import document, export, people
from simulator_service.truth.payloads import (
    DataDictionary,
    ImportRequest,
    PeopleFound,
    PeopleQuery,
    Personas,
    WorldExportFormat,
    WorldExportQuery,
)
from simulator_service.truth.personas import BY_NAME, PERSONAS, Persona
from simulator_service.truth.table_files import CsvFile, JsonLinesFile, ParquetFile, TableFile

T = TypeVar("T")
ZIP = "application/octet-stream"
"""Generators of clients know no type of its own for it."""
PATIENCE_SECONDS = 20.0
RETRY_AFTER_SECONDS = 5
_KINDS: dict[WorldExportFormat, type[TableFile]] = {
    WorldExportFormat.PARQUET: ParquetFile,
    WorldExportFormat.CSV: CsvFile,
    WorldExportFormat.JSONL: JsonLinesFile,
}

blueprint = ServiceBlueprint(
    "truth",
    __name__,
    url_prefix="/api/simulator",
    abp_security=SECURED,
    abp_tags=[Tag(name="World data", description="What the bank knows of its worlds, and what is true of them.")],
)


@blueprint.get("/export", summary="Export the worlds' data and the truth")
@access(ADMIN)
@refuses(NO_WORLD, WORLD_NOT_REPEATABLE)
@answers_files(ZIP)
def export_worlds(query: WorldExportQuery) -> Response:
    found, bank = context(), _bank()
    kind = _KINDS.get(query.format)
    begin = export.begin if kind is not None else export.begin_document
    asked = _answered(lambda: begin(found.database, bank, query.world_id))
    name = f"{asked.name()}.json" if kind is None else f"{asked.name()}-{query.format}.zip"
    if request.method == "HEAD":
        return file_reply(iter(()), ZIP, name)
    if not found.exports.acquire(blocking=False):
        message = "Another export is under way; ask again when it is done."
        raise Refused(UNAVAILABLE, message, retry_after_seconds=RETRY_AFTER_SECONDS)
    if kind is None:
        pieces = document.pieces(found.database, bank, asked)
    else:
        pieces = export.pieces(found.database, bank, asked, kind)
    return file_reply(_alone(pieces, found.exports), ZIP, name)


@blueprint.post("/import", responses={"202": reply_of(Job)}, summary="Import a world into an empty bank")
@access(ADMIN)
@audited(AuditAction.WORLD_REQUESTED, on=AuditSubject.WORLD)
@refuses(BANK_NOT_EMPTY)
def import_world(body: ImportRequest) -> ViewReply:
    here, bank, (world,) = context(), _bank(), body.worlds
    if world.currency != here.settings.currency:
        sentence = f"must be {here.settings.currency}, the currency of this bank"
        raise invalid("worlds.0.currency", sentence, code="not_the_currency", currency=here.settings.currency)
    if world.preset not in (*PRESETS, BASE):
        raise invalid("worlds.0.preset", f"must be one of {', '.join(PRESETS)}", code="not_a_choice")
    start_us, until_us = clock.from_datetime(world.start), clock.from_datetime(world.lived_until)
    if until_us < start_us:
        raise invalid("worlds.0.lived_until", "must not lie before the start", code="reversed")
    with here.database.read_session() as session:
        has_world = bool(repository.worlds_of_bank(session))
    if has_world or _answered(lambda: bank.accounts.list_all(limit=1).data):
        raise Refused(BANK_NOT_EMPTY)
    wanted = commands.WantedWorld(
        world.seed,
        world.customers,
        world.preset,
        world.currency,
        span_us=until_us - start_us,
        start_us=start_us,
        number=world.number,
        is_lived=world.is_lived,
        is_seeded=not here.settings.is_production,
    )
    job = commands.store_world(here.database, wanted)
    here.engine.wake()
    return success(serializers.job(job, bank_us=None, log_ins=[])), 202


@blueprint.get("/data-dictionary", responses={"200": reply_of(DataDictionary)}, summary="Get the data dictionary")
@access(ADMIN)
def get_data_dictionary() -> ViewReply:
    return success(export.data_dictionary())


@blueprint.get("/personas", responses={"200": reply_of(Personas)}, summary="List personas")
@access(ADMIN)
def list_personas() -> ViewReply:
    return success({"personas": [_named(persona) for persona in PERSONAS]})


@blueprint.get("/people", responses={"200": reply_of(PeopleFound)}, summary="Search people by persona")
@access(ADMIN)
@refuses(NO_WORLD)
def find_people(query: PeopleQuery) -> ViewReply:
    here, bank, persona = context(), _bank(), BY_NAME[query.persona]
    fitting = _answered(lambda: list(people.find(here.database, bank, persona, query.world_id)))
    secret = here.settings.log_in_secret
    shown = [people.shown(one, persona, secret) for one in islice(fitting, query.limit)]
    return success({"persona": _named(persona), "found": len(fitting), "people": shown})


def _bank() -> Client:
    """The bank as whoever asks sees it: with their own token, for as long as that lives."""
    token = current_token()
    return Client(
        transport=context().gateway,
        credentials=ServiceCredentials(lambda: token),
        patience=Patience(PATIENCE_SECONDS),
    )


def _answered(ask: Callable[[], T]) -> T:
    """What the bank answers. Raises Refused (503) while it does not."""
    try:
        return ask()
    except BankError:
        raise Refused(UNAVAILABLE, "The bank does not answer; try again shortly.") from None


def _alone(pieces: Iterator[bytes], exports: threading.Semaphore) -> Iterator[bytes]:
    """The archive, of which the first piece is made already; who comes next may begin when it is read or given up."""
    try:
        first = next(pieces, b"")
    except BaseException:
        exports.release()
        raise
    return _Stream(first, pieces, exports)


class _Stream:
    """The pieces of an archive; the server closes it at the end, whatever came of the reply."""

    def __init__(self, first: bytes, pieces: Iterator[bytes], exports: threading.Semaphore) -> None:
        self._first: bytes | None = first
        self._pieces = pieces
        self._exports: threading.Semaphore | None = exports

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        first, self._first = self._first, None
        if first is not None:
            return first
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let the next begin."""
        exports, self._exports = self._exports, None
        if exports is not None:
            exports.release()
            if hasattr(self._pieces, "close"):
                self._pieces.close()


def _named(persona: Persona) -> dict[str, str]:
    return {"name": persona.name, "about": persona.about}

"""The audit trail as a service writes it: each act in the commit that carries it out (docs/adr/0029).

A service's models have an `AuditLog`: a table that the database lets nobody change, and a feed of it, which reporting
gathers. What is written names who, by which way, from where, in which request, on what, and what was before and after;
never a secret (`shared/observability/logs.py` says what looks like one). Nothing is written of what customers do with
their own money: of them only what happens to their log-ins and what is printed on their cards.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import structlog
from flask import Flask, Response, current_app, g, has_request_context, request
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Column, Connection, MetaData, Table

from shared.audit_enums import AuditAction, AuditResult, AuditSubject
from shared.enums import CHANNEL_HEADER, STAFF_ROLES, Channel
from shared.events import feeds
from shared.events.event_feed import events_page
from shared.events.feeds import READ_SCOPE, FeedQuery, Row
from shared.http.json_parsing import render
from shared.identifiers import is_id, new_id
from shared.identity.access import access, service_only
from shared.identity.client_address import client_address
from shared.identity.device_names import device_name
from shared.observability.logs import without_secrets
from shared.storage import append_only
from shared.storage.database import BigInt, Database, IdText, LongText, short_text
from shared.time import clock

FEED = "audit_records"
PATH = "/internal/audit"
_LONGEST_CLIENT = 60
_PATIENCE_SECONDS = 2.0
_FORBIDDEN = 403
_REFUSED = frozenset({400, _FORBIDDEN, 404, 409})
"""What the bank refuses; what was not understood (422) or could not be done (5xx) is no act."""

View = Callable[..., Any]
logger = structlog.get_logger(__name__)


class Subject(NamedTuple):
    """What an act was done on, and whose that is; an act on the bank itself is nobody's."""

    kind: AuditSubject
    id: str | None = None
    owner_id: str | None = None


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, by which way, from where and in which request; of a stranger no more is known than the last three."""

    user_id: str | None = None
    name: str | None = None
    role: str | None = None
    session_id: str | None = None
    channel: str | None = None
    address: str | None = None
    client: str | None = None
    request_id: str | None = None

    @property
    def has_power(self) -> bool:
        """Whether they work at the bank, so that all they do is written down."""
        return self.role in STAFF_ROLES

    def as_text(self) -> str:
        """To be kept with what is not carried out yet; `from_text` reads it."""
        return render({name: value for name, value in asdict(self).items() if value is not None})

    @classmethod
    def from_text(cls, text: str | None) -> "Acting | None":
        """Whoever was kept; None where nobody was."""
        if text is None:
            return None
        known = json.loads(text)
        return cls(**{name: known.get(name) for name in cls.__dataclass_fields__})


class AuditRecord(BaseModel):
    """One act, as a service's feed tells it; `bank_time` where the service knows it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    actor_id: str | None
    actor_name: str | None
    actor_role: str | None
    session_id: str | None
    channel: str | None
    address: str | None
    client: str | None
    request_id: str | None
    subject_kind: AuditSubject
    subject_id: str | None
    owner_id: str | None
    result: AuditResult
    error_code: str | None
    reason: str | None
    bank_time: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditDetails(NamedTuple):
    """What there is to say of an act beside who did it and on what."""

    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    reason: str | None = None
    result: AuditResult = AuditResult.DONE
    error_code: str | None = None
    bank_time_us: int | None = None


NOTHING_MORE = AuditDetails()


class AuditLog:
    """A service's own part of the trail."""

    def __init__(self, metadata: MetaData, heads: Table) -> None:
        self.table = _table(metadata)
        self._heads = heads
        self.taken_in = 0
        """Up to which position reporting has taken it in, as far as this process was told."""

    def write(
        self,
        connection: Connection,
        action: AuditAction,
        subject: Subject,
        by: Acting,
        told: AuditDetails = NOTHING_MORE,
    ) -> None:
        """Write down an act, in the commit that carries it out."""
        self.write_all(connection, [row_of(action, subject, by, told)])

    def write_all(self, connection: Connection, rows: Iterable[Row]) -> None:
        """Write down acts (see `row_of`), in the commit that carries them out."""
        feeds.append(connection, self._heads, self.table, list(rows))

    def page(self, connection: Connection, query: FeedQuery) -> Row:
        """The feed's reply. Reporting asks for what follows the row before its last: it has all up to there."""
        page = events_page(connection, self._heads, self.table, query)
        self.taken_in = query.after if query.after < page["head"] else 0  # else the feed is another than it was
        return page


def row_of(action: AuditAction, subject: Subject, by: Acting, told: AuditDetails = NOTHING_MORE) -> Row:
    """The row of an act, as having happened now."""
    bank_time = None if told.bank_time_us is None else clock.to_wire(told.bank_time_us)
    record = AuditRecord(
        actor_id=by.user_id,
        actor_name=by.name if by.has_power else None,  # a customer's may have to be forgotten: it is looked up
        actor_role=by.role,
        session_id=by.session_id,
        channel=by.channel,
        address=by.address,
        client=without_secrets(by.client),
        request_id=without_secrets(by.request_id),
        subject_kind=subject.kind,
        subject_id=subject.id,
        owner_id=subject.owner_id,
        result=told.result,
        error_code=told.error_code,
        reason=without_secrets(told.reason),
        bank_time=bank_time,
        before=without_secrets(_plain(told.before)),
        after=without_secrets(_plain(told.after)),
    )
    return {"id": new_id(), "type": str(action), "occurred_at": clock.now_us(), "data": record.model_dump_json()}


def acting_now() -> Acting:
    """Whoever makes the request being served; nobody where the bank does something by itself."""
    if not has_request_context():
        return Acting(channel=Channel.BANK.value)
    identity = g.get("identity")
    verifier = current_app.extensions["token_verifier"]
    return Acting(
        user_id=identity.user_id if identity else None,
        name=identity.username or None if identity else None,
        role=identity.role if identity else None,
        session_id=identity.session_id if identity else None,
        channel=_channel(is_service=identity is not None and identity.is_service),
        address=client_address(verifier),
        client=client_of_header(request.headers.get("User-Agent")),
        request_id=g.get("request_id"),
    )


def client_of_header(user_agent: str | None) -> str | None:
    """What a client calls itself, as people would say it; None where it does not."""
    return device_name(user_agent)[:_LONGEST_CLIENT] if user_agent else None


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> AuditDetails:
    """What of these facts is another now; with nothing changed, nothing."""
    names = [name for name in after if before.get(name) != after[name]]
    return AuditDetails({name: before.get(name) for name in names}, {name: after[name] for name in names})


def introduce(connection: Connection) -> None:
    """Make the table and its guard, and the feed's head; for a migration of a service that has `feed_heads`."""
    _table(MetaData()).create(connection)
    append_only.guard(connection, FEED)
    feeds.add_head(connection, FEED)


def audited(*actions: AuditAction, on: AuditSubject) -> Callable[[View], View]:
    """Declare which acts a route carries out, and on what kind of thing. Stands below `@access(...)`.

    Each is written down in its own commit by what carries it out; what is refused to staff, when it has been refused.
    """

    def declare(view: View) -> View:
        view.audits = actions  # type: ignore[attr-defined]
        view.audited_kind = on  # type: ignore[attr-defined]
        return view

    return declare


def install_audit(app: Flask, database: Database, log: AuditLog) -> None:
    """Let reporting read the feed, and write down what staff were refused. Before `seal`."""

    @app.get(PATH, doc_ui=False)
    @access(service_only(READ_SCOPE))
    def list_audit_records(query: FeedQuery) -> Row:
        with database.read() as connection:
            return log.page(connection, query)

    def write_refused(response: Response) -> Response:
        view: Any = None if request.endpoint is None else app.view_functions[request.endpoint]
        if hasattr(view, "audits") and _is_told_of_refusal(view, response.status_code):
            named = next(iter((request.view_args or {}).values()), "")
            action, subject = view.audits[0], Subject(view.audited_kind, named if is_id(named) else None)
            told = AuditDetails(result=AuditResult.REFUSED, error_code=response.get_json(force=True)["error_code"])
            try:
                with database.write(wait_seconds=_PATIENCE_SECONDS) as connection:
                    log.write(connection, action, subject, acting_now(), told)
            except Exception:  # the refusal stands, and is in the log of requests; whoever was refused waits no longer
                logger.exception("refusal_not_audited", action=action)
        return response

    app.after_request(write_refused)
    app.extensions["audit"] = database, log


def _is_told_of_refusal(view: Any, status: int) -> bool:
    """Whether staff were refused something; what is refused to an order is written down where that is decided."""
    identity = g.get("identity")
    is_staff = identity is not None and identity.is_staff
    is_order = hasattr(view, "order_of") and status != _FORBIDDEN
    return is_staff and status in _REFUSED and not is_order


def _table(metadata: MetaData) -> Table:
    return Table(
        FEED,
        metadata,
        Column("position", BigInt, primary_key=True, autoincrement=False),
        Column("id", IdText, nullable=False),
        Column("type", short_text(40), nullable=False),
        Column("occurred_at", BigInt, nullable=False),
        Column("data", LongText, nullable=False),
        sqlite_strict=True,
    )


def _channel(*, is_service: bool) -> str:
    if is_service:
        return Channel.SIMULATOR.value
    said = request.headers.get(CHANNEL_HEADER)
    return said if said in {Channel.WEB, Channel.CLI} else Channel.API.value


def _plain(facts: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Facts as JSON has them: a word is its text."""
    if facts is None or all(fact is None or type(fact) is str for fact in facts.values()):
        return None if facts is None else dict(facts)
    return dict(json.loads(render(dict(facts))))

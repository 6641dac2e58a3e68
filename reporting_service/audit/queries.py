"""Searching the trail."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, or_, select

from reporting_service.audit.payloads import AuditFilters, AuditQuery
from reporting_service.models import audit_trail, users
from shared.http.pagination import fetch_page
from shared.storage.database import Database
from shared.time import clock

READ_AT_ONCE = 1000
_trail = audit_trail.c
_owners, _actors = users.alias("owners"), users.alias("actors")
_WITH_NAMES = (
    select(audit_trail, _owners.c.username.label("owner_name"), _actors.c.username.label("known_name"))
    .outerjoin(_owners, _owners.c.id == _trail.owner_id)
    .outerjoin(_actors, _actors.c.id == _trail.actor_id)
)
"""Customers are named as they are called now; staff as they were called when they acted."""


def page(connection: Connection, query: AuditQuery, *, actor_id: str | None) -> tuple[list[dict[str, Any]], str | None]:
    """A page of records, the newest first, and the cursor of the next; with an actor, what they did themselves."""
    seen = _seen(actor_id)
    found = seen.where(*_conditions(connection, query))
    rows, cursor = fetch_page(connection, found, _trail.position, _trail.id, query, everything=seen)
    return [rendered(row) for row in rows], cursor


def one(connection: Connection, record_id: str, *, actor_id: str | None) -> dict[str, Any] | None:
    """A record; None where there is none that the reader may see."""
    row = connection.execute(_seen(actor_id).where(_trail.id == record_id)).first() if record_id else None
    return None if row is None else rendered(row)


def everything(database: Database, filters: AuditFilters) -> Iterator[dict[str, Any]]:
    """All records that fit, the oldest first, read some at a time."""
    position = 0
    while True:
        with database.read() as connection:
            query = _WITH_NAMES.where(_trail.position > position, *_conditions(connection, filters))
            rows = connection.execute(query.order_by(_trail.position).limit(READ_AT_ONCE)).all()
        yield from (rendered(row) for row in rows)
        if len(rows) < READ_AT_ONCE:
            return
        position = rows[-1].position


def rendered(row: Any) -> dict[str, Any]:
    """A record as the API shows it."""
    return {
        "id": row.id,
        "position": row.position,
        "service": row.service,
        "action": row.action,
        "occurred_at": clock.to_wire(row.occurred_at),
        "bank_time": clock.to_wire(row.bank_time),
        "actor": {
            "id": row.actor_id,
            "name": row.actor_name or row.known_name,
            "role": row.actor_role,
            **{name: getattr(row, name) for name in ("session_id", "channel", "address", "client")},
        },
        "subject": {
            "kind": row.subject_kind,
            "id": row.subject_id,
            "owner_id": row.owner_id,
            "owner_name": row.owner_name,
        },
        "result": row.result,
        "error_code": row.error_code,
        "reason": row.reason,
        "request_id": row.request_id,
        "before": None if row.facts_before is None else json.loads(row.facts_before),
        "after": None if row.facts_after is None else json.loads(row.facts_after),
    }


def _seen(actor_id: str | None) -> Select[Any]:
    return _WITH_NAMES if actor_id is None else _WITH_NAMES.where(_trail.actor_id == actor_id)


def _conditions(connection: Connection, filters: AuditFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.actor is not None:
        conditions.append(_trail.actor_id.in_(_ids_of(connection, filters.actor)))
    if filters.subject is not None:
        wanted = _ids_of(connection, filters.subject)
        conditions.append(or_(_trail.subject_id.in_(wanted), _trail.owner_id.in_(wanted)))
    if filters.action is not None:
        conditions.append(_trail.action == filters.action)
    span = filters.date_range
    if span.since is not None:
        conditions.append(_trail.occurred_at >= span.since)
    if span.until is not None:
        conditions.append(_trail.occurred_at < span.until)
    return conditions


def _ids_of(connection: Connection, named: str) -> Sequence[str]:
    """What somebody may mean: an id as it stands, or whoever has that user name."""
    return [named, *connection.execute(select(users.c.id).where(users.c.username == named)).scalars()]

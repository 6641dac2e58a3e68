"""Reports that were made and kept for whoever asked. One that says the same again is the same report, seen later."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, tuple_, update

from reporting_service.models import reports
from shared import clock
from shared.identifiers import is_id, new_id

KEPT_PER_OWNER = 500
"""Of each person the newest so many are kept."""

Cursor = tuple[int, str]


def store(
    connection: Connection,
    owner_id: str,
    *,
    report_type: str,
    title: str,
    parameters: dict[str, Any],
    content: dict[str, Any],
    as_of_position: int,
) -> Row[Any]:
    """Keep the report for its owner; the row."""
    named, said = json.dumps(parameters), json.dumps(content, separators=(",", ":"))
    digest = content_hash(report_type, title, named, said)
    same = (reports.c.owner_id == owner_id) & (reports.c.content_hash == digest)
    known = connection.execute(select(reports.c.as_of_position).where(same)).scalar_one_or_none()
    if known is None:
        connection.execute(
            insert(reports).values(
                id=new_id(),
                owner_id=owner_id,
                type=report_type,
                title=title,
                parameters=named,
                content=said,
                content_hash=digest,
                as_of_position=as_of_position,
                created_at=clock.now_us(),
            )
        )
        _forget_oldest(connection, owner_id)
    elif known < as_of_position:
        connection.execute(update(reports).where(same).values(as_of_position=as_of_position))
    return connection.execute(select(reports).where(same)).one()


def content_hash(report_type: str, title: str, parameters: str, content: str) -> str:
    """SHA-256 over everything a stored report says, so that one altered by hand is found."""
    return hashlib.sha256(json.dumps([report_type, title, parameters, content]).encode()).hexdigest()


def _forget_oldest(connection: Connection, owner_id: str) -> None:
    newest = select(reports.c.created_at, reports.c.id).where(reports.c.owner_id == owner_id)
    ordered = newest.order_by(reports.c.created_at.desc(), reports.c.id.desc())
    first_too_many = connection.execute(ordered.offset(KEPT_PER_OWNER).limit(1)).one_or_none()
    if first_too_many is not None:
        age = tuple_(reports.c.created_at, reports.c.id)
        connection.execute(delete(reports).where(reports.c.owner_id == owner_id, age <= tuple(first_too_many)))


def page(connection: Connection, owner_id: str, after: Cursor | None, limit: int) -> Sequence[Any]:
    """A person's reports, newest first, without their content."""
    table = reports.c
    columns = (table.id, table.type, table.title, table.parameters, table.as_of_position, table.created_at)
    query = select(*columns).where(table.owner_id == owner_id)
    if after is not None:
        query = query.where(tuple_(table.created_at, table.id) < after)
    return connection.execute(query.order_by(table.created_at.desc(), table.id.desc()).limit(limit)).all()


def find(connection: Connection, owner_id: str, report_id: str) -> Row[Any] | None:
    """This person's report with this id."""
    if not is_id(report_id):
        return None
    query = select(reports).where(reports.c.id == report_id, reports.c.owner_id == owner_id)
    return connection.execute(query).one_or_none()


def summary(row: Any) -> dict[str, Any]:
    """A stored report in a list."""
    return {
        "id": row.id,
        "type": row.type,
        "title": row.title,
        **json.loads(row.parameters),
        "as_of_position": row.as_of_position,
        "created_at": clock.to_wire(row.created_at),
    }


def rendered(row: Any) -> dict[str, Any]:
    """A stored report whole."""
    return {**summary(row), **json.loads(row.content)}

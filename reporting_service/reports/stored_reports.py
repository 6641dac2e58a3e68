"""Reports that were made and kept for whoever asked. One that says the same again is the same report, seen later."""

import hashlib
import json
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import Select, delete, select, tuple_

from reporting_service.models import StoredReport, accounts, erased_people, reports
from shared.amounts import money
from shared.http.pagination import ListQuery, fetch_page
from shared.identifiers import is_id, new_id
from shared.identity.tokens import Identity
from shared.privacy.erased_people import check_not_erased
from shared.time import clock

KEPT_PER_OWNER = 500
"""Of each person the newest so many are kept."""


def store(
    session: Session,
    owner_id: str,
    *,
    report_type: str,
    title: str,
    parameters: dict[str, Any],
    content: dict[str, Any],
    as_of_position: int,
    created_at: int,
) -> StoredReport:
    """Keep the report for its owner, made at this instant of the bank's time.

    Raises Refused (409) for somebody who was erased meanwhile.
    """
    check_not_erased(session.connection(), erased_people, owner_id)
    named, said = json.dumps(parameters), json.dumps(content, separators=(",", ":"))
    digest = content_hash(report_type, title, named, said)
    same = (StoredReport.owner_id == owner_id) & (StoredReport.content_hash == digest)
    report = session.scalars(select(StoredReport).where(same)).one_or_none()
    if report is not None:
        report.as_of_position = max(report.as_of_position, as_of_position)
        return report
    report = StoredReport(
        id=new_id(),
        owner_id=owner_id,
        type=report_type,
        title=title,
        parameters=named,
        content=said,
        content_hash=digest,
        as_of_position=as_of_position,
        created_at=created_at,
    )
    session.add(report)
    session.flush()
    _forget_oldest(session, owner_id)
    return report


def content_hash(report_type: str, title: str, parameters: str, content: str) -> str:
    """SHA-256 over everything a stored report says, so that one altered by hand is found."""
    return hashlib.sha256(json.dumps([report_type, title, parameters, content]).encode()).hexdigest()


def _forget_oldest(session: Session, owner_id: str) -> None:
    age = tuple_(StoredReport.created_at, StoredReport.id)
    newest = select(StoredReport.created_at, StoredReport.id).where(StoredReport.owner_id == owner_id)
    ordered = newest.order_by(StoredReport.created_at.desc(), StoredReport.id.desc())
    first_too_many = session.execute(ordered.offset(KEPT_PER_OWNER).limit(1)).one_or_none()
    if first_too_many is not None:
        session.execute(delete(StoredReport).where(StoredReport.owner_id == owner_id, age <= tuple(first_too_many)))


def page(session: Session, viewer: Identity, query: ListQuery) -> tuple[list[Any], str | None]:
    """A page of a person's reports without their content, and its cursor. Raises Refused (422), see `fetch_page`."""
    columns: tuple[Any, ...] = (
        StoredReport.id,
        StoredReport.type,
        StoredReport.title,
        StoredReport.parameters,
        StoredReport.as_of_position,
        StoredReport.created_at,
    )
    return fetch_page(session, _of(select(*columns), viewer), reports.c.created_at, reports.c.id, query)


def find(session: Session, viewer: Identity, report_id: str) -> StoredReport | None:
    """This person's report with this id."""
    if not is_id(report_id):
        return None
    return session.scalars(_of(select(StoredReport), viewer).where(StoredReport.id == report_id)).one_or_none()


def _of(query: Select[Any], viewer: Identity) -> Select[Any]:
    """Of the reports that this person made, those of accounts that they may see now.

    Whoever has left the bank's staff keeps the reports of their own accounts, and no longer reads those of others'.
    """
    query = query.where(StoredReport.owner_id == viewer.user_id)
    if viewer.is_staff:
        return query
    own = (accounts.c.user_id == viewer.user_id) & StoredReport.parameters.contains(accounts.c.id)
    return query.join(accounts, own)


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
    content = json.loads(row.content)
    nothing = {"opening_deposits": money.to_text(0, content["currency"])}  # a report of an earlier release has none
    return {**nothing, **summary(row), **content}

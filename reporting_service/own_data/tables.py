"""Kinds of records in an archive: those of other services, read page by page, and those of our own tables."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import structlog
from sqlalchemy import Select, exists, or_, select

from reporting_service.custom.words import ReportScope
from reporting_service.models import accounts, audit_trail, custom_report_runs, custom_reports, reports
from reporting_service.service_clients import ServiceClients
from shared import services
from shared.events.feeds import Row
from shared.observability.logs import cause_of
from shared.privacy.personal_data import PAGE, PATH, Section
from shared.refusals import UNAVAILABLE, Refused
from shared.services import Service
from shared.storage.database import Database

logger = structlog.get_logger(__name__)

FOLDERS = {
    services.AUTH: "person",
    services.ACCOUNT: "accounts",
    services.TRANSACTION: "payments",
    services.NOTIFICATION: "messages",
    services.SIMULATOR: "simulation",
}
_MAY_BE_LEFT_OUT = (services.NOTIFICATION, services.SIMULATOR)
"""A bank may be run without these."""


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of record: where it goes in the archive, what it is, and its rows, read as they are written."""

    path: str
    about: str
    columns: tuple[str, ...]
    rows: Callable[[], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is not in the archive, and why."""

    what: str
    why: str


def _own_reports(user_id: str) -> Select[Any]:
    """Of accounts of their own: what staff had made of others' is those others', and the bank's is the bank's."""
    is_own = exists().where(accounts.c.user_id == user_id, reports.c.parameters.contains(accounts.c.id))
    columns = reports.c["id", "type", "title", "parameters", "content", "as_of_position", "created_at"]
    return select(*columns).where(reports.c.owner_id == user_id, is_own)


OWN = (
    Section(
        "reports",
        "Reports that you had made and kept.",
        _own_reports,
        reports.c.id,
    ),
    Section(
        "custom-reports",
        "Reports that you built, as what measures what.",
        lambda user_id: select(
            *custom_reports.c["id", "name", "scope", "schedule", "definition", "created_at", "updated_at"]
        ).where(custom_reports.c.owner_id == user_id),
        custom_reports.c.id,
    ),
    Section(
        "custom-report-results",
        "What the reports that you built have said of your own transactions.",
        lambda user_id: select(
            *custom_report_runs.c["id", "report_id", "name", "period", "movements", "content", "error_code"],
            *custom_report_runs.c["as_of_position", "created_at"],
        ).where(custom_report_runs.c.owner_id == user_id, custom_report_runs.c.scope == ReportScope.OWN),
        custom_report_runs.c.id,
    ),
    Section(
        "audit-trail",
        "What the bank wrote down of what happened to your log-in, and of what its staff did for you. "
        "Who of the staff it was is theirs; their role is here.",
        lambda user_id: select(
            *audit_trail.c["id", "service", "action", "occurred_at", "actor_role", "channel"],
            audit_trail.c.bank_time.label("bank_time_at"),
            *audit_trail.c["subject_kind", "subject_id", "result", "error_code"],
        ).where(or_(audit_trail.c.actor_id == user_id, audit_trail.c.owner_id == user_id)),
        audit_trail.c.position,
    ),
)


def own_tables(database: Database, user_id: str) -> list[Table]:
    """What reporting itself keeps of them, beside the movements."""

    def rows(section: Section) -> Iterator[Row]:
        after = None
        while True:
            with database.read() as connection:
                page, after = section.page(connection, user_id, after, PAGE)
            yield from page
            if after is None:
                return

    return [_table("records", one.name, one.about, one.columns, lambda one=one: rows(one)) for one in OWN]  # type: ignore[misc]


def tables_of_others(clients: ServiceClients, user_id: str) -> tuple[list[Table], list[LeftOut]]:
    """What the other services keep of them. Raises Refused (503) where one that every bank has is away."""
    found, left_out = [], []
    for service, folder in FOLDERS.items():
        path = PATH.replace("<user_id>", user_id)
        try:
            sections = clients.personal_data(service, path)["data"]
        except Refused as refused:
            if service not in _MAY_BE_LEFT_OUT or refused.refusal is not UNAVAILABLE:
                raise
            logger.info("own_data_left_out", service=service.name, cause=cause_of(refused))
            left_out.append(LeftOut(f"{folder}/", f"The {service.name} was away. Ask again while it runs."))
            continue
        for one in sections:
            rows = _pages(clients, service, f"{path}/{quote(one['name'])}")
            found.append(_table(folder, one["name"], one["about"], one["columns"], rows))
    return found, left_out


def _pages(clients: ServiceClients, service: Service, path: str) -> Callable[[], Iterator[Row]]:
    def rows() -> Iterator[Row]:
        query: dict[str, Any] = {"limit": PAGE}
        while True:
            page = clients.personal_data(service, f"{path}?{urlencode(query)}")
            yield from page["data"]
            if page["next"] is None:
                return
            query["after"] = page["next"]

    return rows


def _table(folder: str, name: str, about: str, columns: Iterable[str], rows: Callable[[], Iterable[Row]]) -> Table:
    return Table(f"{folder}/{name}", about, tuple(columns), rows)

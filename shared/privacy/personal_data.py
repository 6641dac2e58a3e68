"""What a service keeps of a person, page by page: reporting puts an export of somebody's own data together of it.

A service names its kinds of records as sections, each one query of a person's rows. Columns are named as tables name
theirs, and shown as the API shows them: `_at` is an instant, `_minor` an amount in the row's `currency`, `_day` a day
of the bank; what is kept as JSON is opened. A section never selects what opens something: no password, token, secret or
card number.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from pydantic import Field
from sqlalchemy import ColumnElement, Connection, Integer

from shared.amounts import money
from shared.events.feeds import Row
from shared.http.payloads import Id, PathModel, QueryModel, WholeNumber
from shared.identity.access import access, service_only
from shared.refusals import NOT_FOUND, Refused
from shared.storage.database import Database
from shared.time import clock
from shared.time.business_days import day_of_number

READ_SCOPE = "people:read"
PATH = "/internal/people/<user_id>/data"
PAGE = 500
_AT, _MINOR, _DAY = "_at", "_minor", "_day"
_IN_JSON = frozenset({"blocked_categories", "body", "content", "data", "details", "facts", "parameters"})
"""Columns that hold JSON as text."""


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of record; `about` says in a sentence what it is. `rows` is the SELECT of those of a person,
    and `key` a column that no two of them share, by which they are read in order.
    """

    name: str
    about: str
    rows: Callable[[str], Any]
    key: ColumnElement[Any]

    @property
    def columns(self) -> list[str]:
        """What each row has, in order."""
        return [shown_name(column.name) for column in self.rows("").selected_columns]

    def page(self, connection: Connection, user_id: str, after: str | None, limit: int) -> tuple[list[Row], str | None]:
        """Rows after a key, and the key that the next page is after; None on the last."""
        query = self.rows(user_id).add_columns(self.key.label("page_key")).order_by(self.key).limit(limit)
        if after is not None:
            query = query.where(self.key > (int(after) if isinstance(self.key.type, Integer) else after))
        found = connection.execute(query).mappings().all()
        more = str(found[-1]["page_key"]) if len(found) == limit else None
        return [shown({name: value for name, value in row.items() if name != "page_key"}) for row in found], more


def shown(row: dict[str, Any]) -> Row:
    """A row as the export has it."""
    return {shown_name(name): _shown_value(name, value, row.get("currency")) for name, value in row.items()}


def shown_name(name: str) -> str:
    """What a column is called there."""
    return name.removesuffix(_MINOR)


def _shown_value(name: str, value: Any, currency: str | None) -> Any:
    if value is None:
        return None
    if name in _IN_JSON:
        return json.loads(value)
    if name.endswith(_AT):
        return clock.to_wire(value)
    if name.endswith(_MINOR) and currency is not None:
        return money.to_text(value, currency)
    if name.endswith(_DAY):
        return day_of_number(value).isoformat()
    return value


class PersonPath(PathModel):
    """Whose."""

    user_id: Id


class SectionPath(PersonPath):
    """Whose, and which kind of record."""

    section: str


class SectionQuery(QueryModel):
    """Where to go on, and how many."""

    after: str | None = Field(None, max_length=200)
    limit: WholeNumber = Field(PAGE, ge=1, le=2000)


def install_personal_data(app: Flask, database: Database, sections: Sequence[Section]) -> None:
    """Let reporting read what this service keeps of a person. Before `seal`."""
    by_name = {section.name: section for section in sections}

    @app.get(PATH, doc_ui=False)
    @access(service_only(READ_SCOPE))
    def list_personal_data(path: PersonPath) -> Row:
        named = [{"name": one.name, "about": one.about, "columns": one.columns} for one in sections]
        return {"success": True, "data": named, "user_id": path.user_id}

    @app.get(f"{PATH}/<section>", doc_ui=False)
    @access(service_only(READ_SCOPE))
    def read_personal_data(path: SectionPath, query: SectionQuery) -> Row:
        if path.section not in by_name:
            raise Refused(NOT_FOUND)
        with database.read() as connection:
            rows, more = by_name[path.section].page(connection, path.user_id, query.after, query.limit)
        return {"success": True, "data": rows, "next": more}

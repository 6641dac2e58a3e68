"""Every service's tables, as its models have them, drawn as one Mermaid diagram a service.

`python -m tests.architecture.schema_map` writes docs/schema.md from them (`make docs`).
"""

from collections.abc import Iterator
from importlib import import_module

from sqlalchemy import Column, ForeignKeyConstraint, MetaData, Table, UniqueConstraint
from sqlalchemy.dialects import sqlite

from shared.services import BACKENDS, Service
from tests.architecture.sources import ROOT

DOCUMENT = ROOT / "docs" / "schema.md"
_HEADING = """# The tables

Written by `make docs` from each service's `models`; a test compares the two. A service has a database of its own, so
there are foreign keys within a service and none between two: across services a user, an account or an entry goes by its
id alone. The gateway keeps nothing.

Money is in minor units (`_minor`), instants in microseconds since the epoch (`_at`), and the types are SQLite's. PK is
the primary key, FK a foreign key, UK unique by itself or with the other UKs named beside it; what may be null says so.
What is derived from other rows, and can be derived again, is told in [architecture.md](architecture.md).
"""


def metadata_of(service: Service) -> MetaData:
    """The service's tables, those of its packages with them."""
    import_module(f"{service.package}.app")
    found: MetaData = import_module(f"{service.package}.models").metadata
    return found


def document() -> str:
    """docs/schema.md as it should be."""
    lines = [_HEADING.rstrip("\n")]
    for service in BACKENDS:
        lines += ["", f"## {service.name}", "", "```mermaid", *_diagram(metadata_of(service)), "```"]
    return "\n".join(lines) + "\n"


def _diagram(metadata: MetaData) -> Iterator[str]:
    tables = sorted(metadata.tables.values(), key=lambda table: table.name)
    yield "erDiagram"
    for table in tables:
        yield f"    {table.name} {{"
        yield from (f"        {_attribute(table, column)}" for column in table.columns)
        yield "    }"
    for table in tables:
        for constraint in sorted(table.foreign_key_constraints, key=lambda one: str(one.column_keys)):
            yield f"    {_relation(table, constraint)}"


def _attribute(table: Table, column: Column[object]) -> str:
    """`text user_id FK "may be null"`."""
    beside = [names for names in _unique_together(table) if column.name in names]
    marks = [
        mark
        for mark, is_so in (("PK", column.primary_key), ("FK", bool(column.foreign_keys)), ("UK", bool(beside)))
        if is_so
    ]
    remarks = [f"with {', '.join(name for name in names if name != column.name)}" for names in beside if len(names) > 1]
    remarks += ["may be null"] if column.nullable and not column.primary_key else []
    kind = str(column.type.compile(dialect=sqlite.dialect())).lower()
    words = [kind, column.name, ", ".join(marks), f'"{"; ".join(remarks)}"' if remarks else ""]
    return " ".join(word for word in words if word)


def _unique_together(table: Table) -> list[tuple[str, ...]]:
    constraints = (one for one in table.constraints if isinstance(one, UniqueConstraint))
    found = {tuple(column.name for column in one.columns) for one in constraints}
    found |= {tuple(column.name for column in index.columns) for index in table.indexes if index.unique}
    return sorted(found)


def _relation(table: Table, constraint: ForeignKeyConstraint) -> str:
    """`accounts ||--o{ postings : account_id`; a row that need not point anywhere begins with `|o`."""
    columns = list(constraint.columns)
    one = "|o" if any(column.nullable for column in columns) else "||"
    is_single = any({column.name for column in columns} == set(names) for names in _unique_together(table))
    is_single = is_single or {column.name for column in columns} == {column.name for column in table.primary_key}
    many = "o|" if is_single else "o{"
    names = ", ".join(column.name for column in columns)
    return f'{constraint.referred_table.name} {one}--{many} {table.name} : "{names}"'


if __name__ == "__main__":
    DOCUMENT.write_text(document())

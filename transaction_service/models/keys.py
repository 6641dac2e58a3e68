"""From the id that a client knows of a row to the key that the tables join by."""

from sqlalchemy import ScalarSelect, Table, select


def key_of(table: Table, row_id: str | None) -> ScalarSelect[int]:
    """The key of the row of this table, within a statement; NULL, which equals nothing, where there is none."""
    return select(table.c.key).where(table.c.id == row_id).scalar_subquery()

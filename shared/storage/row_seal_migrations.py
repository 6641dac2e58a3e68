"""Sealing rows that are there already, for migrations: for the first time, with other columns, with another key."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, MetaData, Table, delete, insert, select

from shared.storage.row_seals import ROWS_AT_ONCE, content_of, record_of, seal_anew, seal_table, sealed


def introduce(connection: Connection, table_names: Sequence[str]) -> None:
    """Make the table of seals, and seal every row there is as it stands."""
    seal_table(MetaData()).create(connection)
    seal_again(connection, table_names)


def seal_again(connection: Connection, table_names: Sequence[str]) -> None:
    """Seal every row of these tables as it stands, after their columns were changed."""
    seals = seal_table(MetaData())
    for name in table_names:
        connection.execute(delete(seals).where(seals.c.table_name == name))
        table = Table(name, MetaData(), autoload_with=connection)
        for part in connection.execute(select(table)).mappings().partitions(ROWS_AT_ONCE):
            connection.execute(insert(seals), sealed(connection, table, part))


def adopt_key(connection: Connection, table_names: Sequence[str]) -> None:
    """Replace the plain hashes of earlier releases by seals with the key.

    A row that its hash does not fit stays broken, and what is missing stays missing.
    """
    seals = seal_table(MetaData())
    for name in table_names:
        table = Table(name, MetaData(), autoload_with=connection)
        known = select(seals.c.record, seals.c.seal).where(seals.c.table_name == name)
        plain = {row.record: row.seal for row in connection.execute(known)}
        for part in connection.execute(select(table)).mappings().partitions(ROWS_AT_ONCE):
            fitting = [
                row
                for row in part
                if plain.get(record_of(table, row)) == hashlib.sha256(content_of(table, row)).hexdigest()
            ]
            seal_anew(connection, seals, sealed(connection, table, fitting))

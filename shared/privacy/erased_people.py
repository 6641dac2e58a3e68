"""Who was forgotten here: nothing of theirs is kept again, whatever token or task of before is still on its way.

A service's row of somebody is written in the commit that forgets them. There is one writer at a time on a database, so
whoever looks here in the commit in which they write either was before that one, and is forgotten with it, or sees it.
"""

from collections.abc import Iterable

from sqlalchemy import Column, Connection, MetaData, Table, insert, select
from sqlalchemy.types import TypeEngine

from shared.refusals import Refused
from shared.service_refusals import USER_ERASED
from shared.storage.database import BigInt, IdText
from shared.time import clock

NAME = "erased_people"
_AT_ONCE = 1000


def erased_people_table(metadata: MetaData, kind_of_id: TypeEngine[str] | type[TypeEngine[str]] = IdText) -> Table:
    """The table; `kind_of_id` is how this service keeps ids."""
    return Table(
        NAME,
        metadata,
        Column("user_id", kind_of_id, primary_key=True),
        Column("erased_at", BigInt, nullable=False),
        sqlite_strict=True,
    )


def erased_among(connection: Connection, table: Table, user_ids: Iterable[str]) -> set[str]:
    """Those of these people who were forgotten here."""
    ids, found = sorted(set(user_ids)), set[str]()
    for start in range(0, len(ids), _AT_ONCE):
        some = table.c.user_id.in_(ids[start : start + _AT_ONCE])
        found.update(connection.execute(select(table.c.user_id).where(some)).scalars())
    return found


def is_erased(connection: Connection, table: Table, user_id: str) -> bool:
    """Whether this person was forgotten here."""
    return bool(erased_among(connection, table, [user_id]))


def check_not_erased(connection: Connection, table: Table, user_id: str) -> None:
    """Raises Refused (409) for somebody who was forgotten here."""
    if is_erased(connection, table, user_id):
        raise Refused(USER_ERASED)


def note_erased(connection: Connection, table: Table, user_id: str) -> None:
    """From this commit on they are forgotten here."""
    if not is_erased(connection, table, user_id):
        connection.execute(insert(table).values(user_id=user_id, erased_at=clock.now_us()))

"""Where the trail begins, once its oldest records were removed: sealed with the key of the trail, in its database.

Whoever can write the database alone can therefore remove no record more: what is missing behind the beginning is found,
and no later beginning can be made up.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from reporting_service.audit.anchor import BEGINNING, Head
from reporting_service.audit.chain import Keys, seal_of_beginning
from reporting_service.models import audit_beginning


class ForgedBeginningError(Exception):
    """The row does not say what this bank wrote into it."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """The last record that was removed, and the instant (microseconds) that all removed ones are older than."""

    head: Head
    removed_before: int


FIRST = Beginning(BEGINNING, 0)


def read(connection: Connection, keys: Keys) -> Beginning:
    """Where the trail begins. Raises ForgedBeginningError."""
    row = connection.execute(select(audit_beginning)).one_or_none()
    if row is None:
        return FIRST
    key = keys.known(row.key_id)
    if key is None or row.proof != seal_of_beginning(key, row.position, row.seal, row.removed_before):
        raise ForgedBeginningError
    return Beginning(Head(row.position, row.seal), row.removed_before)


def write(connection: Connection, keys: Keys, beginning: Beginning) -> None:
    """It begins there from now on."""
    head = beginning.head
    proof = seal_of_beginning(keys.current, head.position, head.seal, beginning.removed_before)
    facts = {"position": head.position, "seal": head.seal, "removed_before": beginning.removed_before}
    connection.execute(delete(audit_beginning))
    connection.execute(insert(audit_beginning).values(id=1, key_id=keys.current_id, proof=proof, **facts))

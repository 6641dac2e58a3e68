"""What a feed has told of somebody who was erased: its rows stay, and are told without their words to whoever reads on.

A row that went instead would be lost to each reader that had not come to it, however long that is away.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, update

AT_ONCE = 500
"""So many rows are rewritten by one statement, and at most in one commit where there are many."""


def tell_without(
    connection: Connection, feed: Table, user_id: str, positions: Sequence[int], instead: Mapping[str, Any]
) -> None:
    """Put what `instead` says, by name, into those of the rows at these positions that tell of this person."""
    rewritten = update(feed).where(feed.c.position == bindparam("_at")).values(data=bindparam("_told"))
    for start in range(0, len(positions), AT_ONCE):
        some = feed.c.position.in_(positions[start : start + AT_ONCE])
        rows = []
        for position, told in connection.execute(select(feed.c.position, feed.c.data).where(some)):
            data = json.loads(told)
            if data.get("user_id") == user_id:
                data |= {name: value for name, value in instead.items() if name in data}
                text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
                rows.append({"_at": position, "_told": text})
        if rows:
            connection.execute(rewritten, rows)

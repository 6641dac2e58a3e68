"""What a database is asked while a block runs, by the thread of the block: background work asks too, as it likes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Engine, event


class Asked(NamedTuple):
    """A statement as the driver was given it, with its parameters."""

    statement: str
    parameters: Any


@contextmanager
def statements_asked(engine: Engine) -> Iterator[list[Asked]]:
    """The list grows as long as the block runs."""
    asked: list[Asked] = []
    own = threading.get_ident()

    def remember(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if threading.get_ident() == own:
            asked.append(Asked(statement, parameters))

    event.listen(engine, "before_cursor_execute", remember)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", remember)

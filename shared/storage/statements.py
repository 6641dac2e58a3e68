"""The statements of a commit: each written once, as Core, and run past it with rows as the tables keep them.

SQLAlchemy takes longer to bind and convert the values of a row than SQLite takes to write them. So a statement is
compiled once for a database, and its driver is given tuples in the order of the statement's parameters, with ids and
digests as bytes (`shared.storage.compact_columns`); what is read comes back the same way. On servers SQLAlchemy passes
the tuples on, on SQLite nobody stands between: the text and the rows are the same.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError

Row = tuple[Any, ...]


class Statement:
    """One statement and the names of its parameters, in the order in which it takes them.

    An insert's are the columns that are given. Raises RuntimeError, when it is first run, for names in another order.
    """

    def __init__(self, core: Insert | Update | Delete | Select[Any], *parameters: str) -> None:
        self._core = core
        self._parameters = parameters
        self._texts: dict[tuple[str, int], str] = {}

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Carry it out for each of the rows, of which there is one at least; how many rows of the table were met."""
        text = self._text(connection.dialect, 0)
        if connection.dialect.name != "sqlite":
            return connection.exec_driver_sql(text, list(rows)).rowcount
        try:
            return int(_driver(connection).executemany(text, rows).rowcount)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection, text, error) from error

    def rows(self, connection: Connection, *values: Any) -> list[Row]:
        """What it selects with these values of its parameters."""
        return self._selected(connection, self._text(connection.dialect, 0), values)

    def rows_of(self, connection: Connection, wanted: Sequence[Any], *values: Any) -> list[Row]:
        """What it selects for a list, its first parameter, of one value at least, or one tuple; and for these values.

        The list is filled up with its last value to a power of two, so that few texts are ever prepared.
        """
        size = 1 << (len(wanted) - 1).bit_length()
        filled = [*wanted, *[wanted[-1]] * (size - len(wanted))]
        is_of_tuples = isinstance(wanted[0], tuple)
        text = self._text(connection.dialect, size, like=(None,) * len(wanted[0]) if is_of_tuples else None)
        listed = chain.from_iterable(filled) if is_of_tuples else filled
        return self._selected(connection, text, (*listed, *values))

    def _selected(self, connection: Connection, text: str, values: Row) -> list[Row]:
        if connection.dialect.name != "sqlite":
            return [tuple(row) for row in connection.exec_driver_sql(text, values)]
        try:
            found: list[Row] = _driver(connection).execute(text, values).fetchall()
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection, text, error) from error
        return found

    def _text(self, dialect: Dialect, size: int, *, like: object = None) -> str:
        """The statement as the driver takes it; `size` is how long its list is, of values `like` this."""
        found = self._texts.get((dialect.name, size))
        if found is None:
            found = self._texts[dialect.name, size] = self._compiled(_positional(dialect), size, like)
        return found

    def _compiled(self, dialect: Dialect, size: int, like: object) -> str:
        compiled: Any
        if size:
            listed, *others = self._parameters
            with_list: Any = self._core.params({listed: [like] * size, **dict.fromkeys(others)})
            compiled = with_list.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
            in_order = [name for name in compiled.positiontup if name in others]
            is_in_order = not others or list(compiled.positiontup[-len(others) :]) == in_order == others
        else:
            compiled = self._core.compile(dialect=dialect, column_keys=self._parameters, for_executemany=True)
            is_in_order = tuple(compiled.positiontup) == self._parameters
        if not is_in_order:
            message = f"the parameters are {', '.join(compiled.positiontup)}: {compiled}"
            raise RuntimeError(message)
        return str(compiled)


def _positional(dialect: Dialect) -> Dialect:
    """The same kind of dialect with parameters by position, which every driver here can take."""
    kind: Any = type(dialect)
    return dialect if dialect.positional else kind(paramstyle="format")


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _wrapped(connection: Connection, text: str, error: Exception) -> Exception:
    """SQLAlchemy's error for one of the driver's, as everybody above knows it."""
    base = connection.dialect.loaded_dbapi.Error
    return DBAPIError.instance(text, None, error, base, hide_parameters=True, dialect=connection.dialect)

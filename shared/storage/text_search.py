"""Looking for a part of a text whatever its capitals, in every language, on every database.

SQLite's own `lower` and `LIKE` know the capitals of English alone, so its connections get a function of ours, `fold`
(see `shared.storage.sqlite`); the servers' `lower` knows all of Unicode, and the one letter that folds into two and is
common is said beside it. A search reads every row that the other conditions leave, so nothing has to be stored twice
for it.
"""

from typing import Any

from sqlalchemy import ColumnElement, FunctionElement, Text, bindparam
from sqlalchemy.ext.compiler import compiles

from shared.text import fold

SQLITE_FUNCTION = "fold"
_ESCAPE = "\\"
_EVERY_LANGUAGE = '"und-x-icu"'


class CaseFold(FunctionElement[str]):
    """A text without the difference between capitals and small letters."""

    type = Text()
    name = SQLITE_FUNCTION
    inherit_cache = True


@compiles(CaseFold, "sqlite")
def _folded_by_us(element: CaseFold, compiler: Any, **options: Any) -> str:
    """Plain letters by SQLite itself, which is many times as fast as a call of ours for each row."""
    text = compiler.process(element.clauses, **options)
    return f"CASE WHEN {text} GLOB '*[^ -~]*' THEN {SQLITE_FUNCTION}({text}) ELSE lower({text}) END"


@compiles(CaseFold)
def _folded_by_the_server(element: CaseFold, compiler: Any, **options: Any) -> str:
    return f"replace(lower({compiler.process(element.clauses, **options)}), 'ß', 'ss')"


@compiles(CaseFold, "postgresql")
def _folded_by_postgresql(element: CaseFold, compiler: Any, **options: Any) -> str:
    return f"replace(lower(({compiler.process(element.clauses, **options)}) COLLATE {_EVERY_LANGUAGE}), 'ß', 'ss')"


def contains(column: Any, wanted: str) -> ColumnElement[bool]:
    """The condition that this column's text has `wanted` in it; `%` and `_` stand for themselves."""
    escaped = "".join(_ESCAPE + one if one in f"%_{_ESCAPE}" else one for one in wanted)
    pattern = bindparam(None, f"%{escaped}%", Text(), unique=True)
    return CaseFold(column).like(CaseFold(pattern), escape=_ESCAPE)


def fold_or_null(text: str | None) -> str | None:
    """What SQLite calls for `fold(...)`."""
    return None if text is None else fold(text)

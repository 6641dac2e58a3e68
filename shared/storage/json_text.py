"""Values of a row as JSON that the database writes: what many rows say is put together where it lies.

The text is that of `shared.http.json_parsing.render`, but that MariaDB writes some control characters in capitals
(`\\u001F`). So whoever hashes it takes it for right when it fits, and looks at the values themselves where it does not.
"""

from typing import Any

from sqlalchemy import FunctionElement, Integer, Text
from sqlalchemy.ext.compiler import compiles


class JsonArray(FunctionElement[str]):
    """Columns of texts and whole numbers, or further arrays, as the compact JSON of a list."""

    type = Text()
    name = "json_array_text"
    inherit_cache = True


@compiles(JsonArray)
def _on_sqlite(element: JsonArray, compiler: Any, **options: Any) -> str:
    return f"json_array({compiler.process(element.clauses, **options)})"


@compiles(JsonArray, "postgresql")
def _on_postgresql(element: JsonArray, compiler: Any, **options: Any) -> str:
    parts = [
        compiler.process(clause, **options)
        if isinstance(clause, JsonArray)
        else f"coalesce(to_json({compiler.process(clause, **options)})::text, 'null')"
        for clause in element.clauses
    ]
    return f"('[' || {' || chr(44) || '.join(parts)} || ']')"


@compiles(JsonArray, "mysql")
@compiles(JsonArray, "mariadb")
def _on_mysql(element: JsonArray, compiler: Any, **options: Any) -> str:
    parts = [_in_mysql(clause, compiler.process(clause, **options)) for clause in element.clauses]
    return f"concat('[', {', char(44), '.join(parts)}, ']')"


def _in_mysql(clause: Any, text: str) -> str:
    if isinstance(clause, JsonArray):
        return text
    return f"coalesce({f'cast({text} as char)' if isinstance(clause.type, Integer) else f'json_quote({text})'}, 'null')"

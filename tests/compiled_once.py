"""What an app compiles is compiled once in a process, not once in each app that tests make.

Werkzeug writes, parses and compiles a Python function for each rule, twice: two thirds of the time in which an app is
made. The function says only how the parts of the rule come together; whose rule it is it is told when it is bound.

SQLAlchemy keeps compiled statements by engine, and each app has an engine of its own, which lives for a second: a
quarter of what tests of one service do was writing the same SQL again. A bank that runs keeps it too.
"""

from collections.abc import Callable, Hashable
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing.rules import Rule

MOST_STATEMENTS = 5_000

_functions: dict[Hashable, Callable[..., Any]] = {}
_statements: LRUCache[Any, Any] = LRUCache(MOST_STATEMENTS)
_compile = Rule._compile_builder


class SharedStatements:
    """An engine's cache, in which its dialect stands for all that are like it. Keys are SQLAlchemy's: dialect first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, key: tuple[Any, ...]) -> Any:
        return _statements.get(self._shared(key))

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        _statements[self._shared(key)] = compiled

    def _shared(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        dialect = self._engine.dialect
        assert key[0] is dialect
        return (type(dialect), dialect.paramstyle, getattr(dialect, "server_version_info", None), *key[1:])


def install() -> None:
    """From now on."""
    Rule._compile_builder = _remembered  # type: ignore[method-assign]
    Engine._compiled_cache = property(SharedStatements, lambda _engine, _its_own: None)  # type: ignore[assignment]


def _remembered(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
    if rule.defaults:  # become part of the function
        return _compile(rule, append_unknown)
    asked = (rule.rule, *rule._trace, append_unknown)
    if asked not in _functions:
        _functions[asked] = _compile(rule, append_unknown)
    return _functions[asked]

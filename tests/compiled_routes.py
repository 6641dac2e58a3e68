"""The addresses of an app's routes are compiled once in a process, not once in each app that tests make of it.

Werkzeug writes, parses and compiles a Python function for each rule, twice: two thirds of the time in which an app is
made. The function says only how the parts of the rule come together; whose rule it is it is told when it is bound.
"""

from collections.abc import Callable, Hashable
from typing import Any

from werkzeug.routing.rules import Rule

_compiled: dict[Hashable, Callable[..., Any]] = {}
_compile = Rule._compile_builder


def install() -> None:
    """From now on."""
    Rule._compile_builder = _remembered  # type: ignore[method-assign]


def _remembered(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
    if rule.defaults:  # become part of the function
        return _compile(rule, append_unknown)
    asked = (rule.rule, *rule._trace, append_unknown)
    if asked not in _compiled:
        _compiled[asked] = _compile(rule, append_unknown)
    return _compiled[asked]

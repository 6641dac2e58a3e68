"""What is written in logs is ours: no line quotes an error, whose text carries what it met of people's data."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.architecture.sources import SERVICE_PACKAGES, files_of, python_files, shown, tree

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
ALARMS = {"_alarm", "_say"}
MAKES_TEXT = {"str", "repr", "format", "ascii", "format_exc", "format_exception"}
SAYS_ITS_OWN = {"cause_of", "type"}
A_SETTINGS_SENTENCE = {"shared/server.py"}
"""Why a service does not start: the sentence of a refused setting, which is written for its operator."""


def _is_logging(call: ast.Call) -> bool:
    called = call.func
    if not isinstance(called, ast.Attribute):
        return False
    if called.attr in ALARMS:
        return True
    owner = called.value
    named = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
    made = isinstance(owner, ast.Call) and "get" in ast.unparse(owner.func) and "ogger" in ast.unparse(owner.func)
    return called.attr in LEVELS and ("logger" in named.lower() or made)


def _quotes(part: ast.AST, caught: set[str]) -> Iterator[str]:
    """What of an argument is the text of an error, or of anything else that nobody has looked at."""
    if isinstance(part, ast.Call):
        called = ast.unparse(part.func).rsplit(".", 1)[-1]
        if called in SAYS_ITS_OWN:
            return
        if called in MAKES_TEXT and not isinstance(part.args[0] if part.args else part, ast.Constant):
            yield ast.unparse(part)
    if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
        if part.attr == "args":
            yield ast.unparse(part)
        return
    if isinstance(part, ast.Name) and part.id in caught:
        yield part.id
    for inner in ast.iter_child_nodes(part):
        yield from _quotes(inner, caught)


def quoted_errors(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Each line of a log that quotes an error: where, and what."""
    caught = {node.name for node in ast.walk(module) if isinstance(node, ast.ExceptHandler) and node.name}
    for call in ast.walk(module):
        if not isinstance(call, ast.Call) or not _is_logging(call):
            continue
        given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg != "exc_info")]
        is_alarm = isinstance(call.func, ast.Attribute) and call.func.attr in ALARMS
        for part in given:
            for text in _quotes(part, caught):
                if not (is_alarm and text.startswith("str(") and "error" not in text):
                    yield call.lineno, text
        if not is_alarm and call.args and isinstance(call.args[0], ast.JoinedStr):
            yield call.lineno, ast.unparse(call.args[0])


def test_no_line_of_a_log_quotes_an_error() -> None:
    found = [
        f"{shown(path)}:{line} {text}"
        for path in python_files()
        if shown(path).split("/")[0] not in ("tests", "benchmarks")
        for line, text in quoted_errors(tree(path))
        if shown(path) not in A_SETTINGS_SENTENCE
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        'logger.warning("away", cause=str(error))',
        'logger.warning("away", cause=repr(error))',
        'logger.warning("away", cause=error)',
        'logger.warning("away", cause=f"it was {error}")',
        'logger.warning("away", cause=error.args)',
        'logger.warning("away", causes=[str(error)])',
        'self._logger.info(f"away: {error}")',
        'structlog.get_logger("x").info("away", cause="{}".format(error))',
        'self._alarm(service, f"away: {error}")',
    ],
)
def test_such_a_line_is_found(line: str) -> None:
    assert list(quoted_errors(ast.parse(f"try:\n    work()\nexcept OSError as error:\n    {line}")))


def test_errors_of_models_do_not_quote_what_they_were_given() -> None:
    hiding = "hide_input_in_errors=True"
    bare = [
        f"{shown(path)}:{node.lineno}"
        for package in (*SERVICE_PACKAGES, "shared")
        for path in files_of(package)
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.ClassDef) and any(ast.unparse(base) == BaseModel.__name__ for base in node.bases))
        or (isinstance(node, ast.Call) and ast.unparse(node.func) == "TypeAdapter")
        if hiding not in ast.unparse(node)
    ]
    assert bare == []


def test_the_files_looked_at_are_there() -> None:
    assert Path("shared/events/feeds.py") in {Path(shown(path)) for path in python_files()}

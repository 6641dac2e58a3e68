"""No float near money (LEDGER rule 1): money is an integer count of minor units."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import ROOT, SERVICE_PACKAGES, files_of, shown, tree

MONEY_WORDS = re.compile(
    r"amount(?!s$)|balance|minor|money|price|held|floor_|overdraft|deposit|withdraw|salary|wage|(?<![a-z])rent_|fee_"
)
WITHOUT_ANY_FLOAT = (
    "shared/amounts/money.py",
    "transaction_service/ledger/decisions.py",
    "transaction_service/ledger/movements.py",
)
EXACT_PACKAGES = ("shared", *SERVICE_PACKAGES, "cli")
# Quantiles are computed in Decimal from one float that a formatting to ten digits makes the same on every machine.
COMPUTES_QUANTILES = "simulator_service/streams/amounts.py"
# Measures of plans are statistics: nothing of them is ever posted.
MEASURES = "simulator_service/realism/"


def is_inexact(node: ast.AST) -> bool:
    """A float literal, `float` itself, or a true division."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    if isinstance(node, ast.Name):
        return node.id == "float"
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)


def small_statements(module: ast.Module) -> Iterator[ast.AST]:
    """Statements without a body, and the signatures of functions: what a person reads as one line."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.args
        elif isinstance(node, ast.stmt) and not hasattr(node, "body"):
            yield node


def mentions_money(statement: ast.AST) -> bool:
    for node in ast.walk(statement):
        name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)
        if isinstance(name, str) and MONEY_WORDS.search(name):
            return True
    return False


def inexact_lines(path: Path) -> list[str]:
    return [
        f"{shown(path)}:{getattr(part, 'lineno', 0)}"
        for statement in small_statements(tree(path))
        if mentions_money(statement)
        for part in ast.walk(statement)
        if is_inexact(part) and not _is_path(part)
    ]


def _is_path(node: ast.AST) -> bool:
    """`folder / "name"` is a path, not a division."""
    return isinstance(node, ast.BinOp) and any(
        isinstance(side, ast.Constant | ast.JoinedStr) and not isinstance(getattr(side, "value", None), int | float)
        for side in (node.left, node.right)
    )


def test_the_rule_finds_a_float_where_there_is_one() -> None:
    module = ast.parse("def pay(amount: float) -> None:\n    balance_minor = total / 2\n")
    found = [part for s in small_statements(module) if mentions_money(s) for part in ast.walk(s) if is_inexact(part)]
    assert len(found) == 2


def test_no_statement_about_money_holds_a_float() -> None:
    found = [
        line
        for package in EXACT_PACKAGES
        for path in files_of(package)
        if shown(path) != COMPUTES_QUANTILES and not shown(path).startswith(MEASURES)
        for line in inexact_lines(path)
    ]
    assert found == []


def test_the_files_that_move_money_hold_no_float_at_all() -> None:
    found = [
        f"{name}:{getattr(node, 'lineno', 0)}"
        for name in WITHOUT_ANY_FLOAT
        for node in ast.walk(tree(ROOT / name))
        if is_inexact(node)
    ]
    assert found == []

"""A test is a claim that one can see: it asserts, or calls what is named as something that does."""

import ast
import re

from tests.architecture.sources import files_of, shown, tree

CLAIMS = re.compile(r"^(assert|check|expect|raises|warns|fail|wait_until|until)(_|$)|_as_test$|^to_")
"""Names of calls that fail a test: ours, pytest's, Playwright's `expect(...).to_be_visible()` and Hypothesis' own."""


def claims(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.Assert)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return CLAIMS.search(name) is not None


def test_every_test_claims_something() -> None:
    tests = {
        f"{shown(path)}:{node.lineno} {node.name}": any(claims(inner) for inner in ast.walk(node))
        for path in files_of("tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }
    assert len(tests) > 100
    assert [name for name, is_claim in tests.items() if not is_claim] == []

"""What a kind of movement may do stands in one table, and nothing else in the ledger asks which kind it deals with."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from shared.enums import TransactionType
from tests.architecture.sources import files_of, shown, tree
from transaction_service.ledger.movement_rules import RULES, Rule, Sides
from transaction_service.payloads import AccountMovementItem, TransferItem

TABLE = "transaction_service/ledger/movement_rules.py"
# These say which words a request may use, and which fields a reply has; the tests below hold them to the table.
SAY_WORDS = (
    "transaction_service/payloads.py",
    "transaction_service/ledger/replays.py",
    "transaction_service/migrations/",
)
KINDS = {kind.value for kind in TransactionType}


def names_a_kind(path: Path) -> Iterator[str]:
    """Lines with a kind of movement as a text, or as a member of the enum. A dictionary's keys are fields."""
    nodes = list(ast.walk(tree(path)))
    keys = {id(key) for node in nodes if isinstance(node, ast.Dict) for key in node.keys}
    for node in nodes:
        is_text = isinstance(node, ast.Constant) and node.value in KINDS and id(node) not in keys
        is_member = isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("TransactionType")
        if is_text or is_member:
            yield f"{shown(path)}:{getattr(node, 'lineno', 0)}"


def test_only_the_table_names_kinds_of_movement() -> None:
    others = [path for path in files_of("transaction_service") if shown(path) != TABLE]
    checked = [path for path in others if not shown(path).startswith(SAY_WORDS)]
    assert [line for path in checked for line in names_a_kind(path)] == []


def test_every_kind_has_one_rule_that_nobody_can_change() -> None:
    assert set(RULES) == KINDS
    with pytest.raises(TypeError):
        RULES["deposit"] = Rule(Sides.DEBIT)  # type: ignore[index]


@pytest.mark.parametrize(
    ("item", "sides"), [(AccountMovementItem, {Sides.CREDIT, Sides.DEBIT}), (TransferItem, {Sides.TRANSFER})]
)
def test_a_batch_takes_every_kind_with_the_sides_that_its_rule_says(item: type, sides: set[Sides]) -> None:
    kinds = TypeAdapter(item).json_schema()["properties"]["type"]["enum"]
    assert set(kinds) == {name for name, rule in RULES.items() if rule.sides in sides}

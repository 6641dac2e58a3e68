"""docs/transfer.md names the refusals that a transfer can meet, each with its status, and no others."""

import ast
import re
from importlib import import_module

from shared.refusals import FORBIDDEN, GENERAL_REFUSALS, METHOD_NOT_ALLOWED, RATE_LIMITED, VALIDATION, Refusal
from shared.service_refusals import NOT_A_SANDBOX
from tests.architecture.sources import ROOT, tree
from transaction_service.refusals import REFUSALS, STORED

DOCUMENT = (ROOT / "docs" / "transfer.md").read_text()
ON_THE_WAY = (
    "gateway.proxy.proxy",
    "gateway.proxy.request_body",
    "shared.identity.access",
    "shared.http.application",
    "shared.storage.database",
    "shared.http.idempotency",
    "shared.identity.tokens",
    "transaction_service.due_work.machine_clock",
    "transaction_service.ledger.commit_queue",
    "transaction_service.ledger.decisions",
    "transaction_service.ledger.movements",
    "transaction_service.ledger.recipient_limit",
    "transaction_service.requests",
    "transaction_service.ledger.resolution",
    "transaction_service.exchange.agreement",
)
OF_OTHERS = {"_resolve_reversal", "not_reversible", "_resolve_capture", "_owed", "batch_order", "post_all_or_nothing"}
"""Functions in those modules that a transfer does not pass."""
SURPRISES = ("refused_for", "_refused_by_storage")
"""What shared.http.errors makes of exceptions that nobody raised on purpose."""
NOT_OF_A_TRANSFER = {METHOD_NOT_ALLOWED, NOT_A_SANDBOX}
"""What those modules answer to other requests: with a wrong method, and to close the fence of a reset."""
MAKERS = {"forbidden": FORBIDDEN, "rate_limited": RATE_LIMITED, "invalid": VALIDATION, "invalid_fields": VALIDATION}
"""Functions that make a refusal with its figures."""
BY_CODE = {refusal.code: refusal for refusal in (*GENERAL_REFUSALS, *REFUSALS)}

Row = tuple[list[str], list[int], bool]


def rows() -> list[Row]:
    """Codes, statuses and whether they are kept, of each row of the table of gates."""
    cells = [line.strip("| ").split(" | ") for line in DOCUMENT.splitlines() if re.match(r"\|.*\| `[A-Z]", line)]
    found = []
    for _, codes, statuses, kept, asked_in in cells:
        assert kept in ("yes", "no")
        assert all((ROOT / path).is_file() for path in re.findall(r"`(.+?)`", asked_in)), asked_in
        found.append((re.findall(r"`([A-Z_]+)`", codes), [int(one) for one in statuses.split(",")], kept == "yes"))
    return found


def said_in(module: str, *, only: tuple[str, ...] = ()) -> set[Refusal]:
    """The refusals that the functions of a module name."""
    values = vars(import_module(module))
    functions = [
        node
        for node in ast.walk(tree(ROOT / f"{module.replace('.', '/')}.py"))
        if isinstance(node, ast.FunctionDef) and (node.name in only if only else node.name not in OF_OTHERS)
    ]
    names = {node.id for function in functions for node in ast.walk(function) if isinstance(node, ast.Name)}
    made = {refusal for name, refusal in MAKERS.items() if name in names}
    return made | {values[name] for name in names if isinstance(values.get(name), Refusal)}


def test_every_refusal_named_exists_with_that_status() -> None:
    assert len(rows()) > 20
    for codes, statuses, kept in rows():
        named = [BY_CODE[code] for code in codes]
        assert [refusal.status for refusal in named] == statuses
        assert [refusal in STORED for refusal in named] == [kept] * len(named)
    for status, code in re.findall(r"\b([45]\d\d) ([A-Z_]+)\b", DOCUMENT):
        assert BY_CODE[code].status == int(status)
    drawn = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", DOCUMENT)) | {"UNAUTHENTICATED", "FORBIDDEN"}
    assert drawn <= set(BY_CODE)


def test_every_refusal_that_a_transfer_can_meet_is_in_the_table_and_in_the_drawing() -> None:
    met = set().union(*(said_in(module) for module in ON_THE_WAY), said_in("shared.http.errors", only=SURPRISES))
    codes = {refusal.code for refusal in met - NOT_OF_A_TRANSFER}
    assert {code for row in rows() for code in row[0]} == codes
    assert {code for _, code in re.findall(r"\b([45]\d\d) ([A-Z_]+)\b", DOCUMENT)} == codes

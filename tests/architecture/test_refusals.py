"""Every way to say no is on a list, has one HTTP status and one sentence, and is mapped in one place."""

import ast
import re
from importlib import import_module

import pytest

from shared.contract.error_catalogue import example_reply
from shared.refusals import Refusal
from tests.architecture.sources import ROOT, SERVICE_PACKAGES, files_of, python_files, shown, tree

LISTS = ["shared.refusals", "shared.service_refusals"] + [
    f"{package}.refusals" for package in SERVICE_PACKAGES if (ROOT / package / "refusals.py").exists()
]
ALLOWED_STATUSES = {400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 422, 429, 431, 500, 501, 503, 504, 507}
MAY_MAKE_REFUSALS = {"refusals.py", "bank_client.py"}  # the latter passes on what another service answered


def refusals_in(module: str) -> list[Refusal]:
    return [value for value in vars(import_module(module)).values() if isinstance(value, Refusal)]


@pytest.mark.parametrize("module", LISTS)
def test_a_refusal_has_a_stable_code_a_status_and_a_sentence(module: str) -> None:
    for refusal in refusals_in(module):
        assert re.fullmatch("[A-Z]+(_[A-Z]+)*", refusal.code), refusal
        assert refusal.status in ALLOWED_STATUSES, refusal
        assert re.fullmatch("[A-Z].+[.]", refusal.message), refusal


def test_a_code_is_written_once() -> None:
    """What two services say is one object, of shared/service_refusals.py; so it has one status and one explanation."""
    by_code: dict[str, set[int]] = {}
    for module in LISTS:
        for refusal in refusals_in(module):
            by_code.setdefault(refusal.code, set()).add(id(refusal))
    assert [code for code, objects in by_code.items() if len(objects) > 1] == []


def test_what_can_be_tried_again_says_when_or_is_for_the_client_to_judge() -> None:
    for module in LISTS:
        for refusal in refusals_in(module):
            assert refusal.retry_after_seconds is None or refusal.retryable, refusal
            assert refusal.status not in (429, 503) or refusal.retryable, refusal


@pytest.mark.parametrize("package", SERVICE_PACKAGES)
def test_refusals_are_declared_on_the_list_and_nowhere_else(package: str) -> None:
    found = [
        f"{shown(path)}:{node.lineno}"
        for path in files_of(package)
        if path.name not in MAY_MAKE_REFUSALS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal"
    ]
    assert found == []


MAP_ERRORS = {
    "shared/http/errors.py",
    "gateway/web/error_pages.py",  # the same refusals, as pages
    "gateway/web/page_access.py",  # an ended session, which is answered with a log-in
}


def test_errors_are_mapped_to_replies_in_one_place() -> None:
    mapping = [
        shown(path)
        for path in python_files()
        if path.relative_to(ROOT).parts[0] not in ("tests", "benchmarks")
        and any(
            isinstance(node, ast.Attribute) and node.attr in ("register_error_handler", "errorhandler")
            for node in ast.walk(tree(path))
        )
    ]
    assert set(mapping) == MAP_ERRORS


@pytest.mark.parametrize("module", LISTS)
def test_a_refusal_says_when_it_comes_and_what_to_do(module: str) -> None:
    for refusal in refusals_in(module):
        assert re.fullmatch("[A-Z].+[.]", refusal.when), f"{refusal.code} does not say when it comes"
        assert re.fullmatch("[A-Z`].+[.]", refusal.remedy), f"{refusal.code} does not say what to do about it"
        named = set(re.findall(r"`details\.(\w+)`", refusal.when + refusal.remedy))
        told = {*example_reply(refusal)["details"], *refusal.sometimes}
        assert named <= told, f"{refusal.code} names details that its example lacks"

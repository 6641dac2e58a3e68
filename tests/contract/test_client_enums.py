"""The words that the command and the typed client know are those of the contract, all of them and no others."""

import inspect
import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Literal, get_args, get_origin

import pytest

from sandbank import enums
from shared import services
from tests.apps import whole_bank
from tests.architecture.sources import files_of, module_name

ENUMS = {
    name: {str(word) for word in kind}
    for name, kind in inspect.getmembers(enums, inspect.isclass)
    if kind.__module__ == enums.__name__
}
NOT_OF_A_COMMAND = {"StatementFileFormat": {"json"}}
"""What is printed instead of saved."""
LITERALS = {
    (path.stem, name): set(get_args(value))
    for path in files_of("sandbank")
    for name, value in vars(import_module(module_name(path))).items()
    if get_origin(value) is Literal
}


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with whole_bank(tmp_path_factory.mktemp("bank")) as bank:
        contract = json.loads(bank.client(services.GATEWAY).get("/openapi.json").text)
        yield contract["components"]["schemas"]


def words_of(schemas: dict[str, Any], name: str) -> set[str]:
    """The words of the schema that an enum is named after."""
    if name == "NewAccountType":
        return set(schemas["CreateAccountRequest"]["properties"]["account_type"]["enum"])
    if name == "FaultMethod":
        return {
            word
            for choice in schemas["FaultRequest"]["properties"]["method"]["anyOf"]
            for word in choice.get("enum", ())
        }
    if name == "CardControl":
        return set(schemas["CardControls"]["properties"])
    if name == "StatementFileFormat":
        return set(schemas["StatementFormat"]["enum"])
    return set(schemas[name]["enum"])


@pytest.mark.parametrize("name", sorted(ENUMS))
def test_each_enum_has_the_words_of_the_contract(schemas: dict[str, Any], name: str) -> None:
    assert ENUMS[name] | NOT_OF_A_COMMAND.get(name, set()) == words_of(schemas, name)


def test_the_types_of_the_client_have_them_too(schemas: dict[str, Any]) -> None:
    differing = {
        name: words
        for name, words in LITERALS.items()
        if (name[1] in ENUMS and words != ENUMS[name[1]])
        or ("enum" in schemas.get(name[1], {}) and words != set(schemas[name[1]]["enum"]))
    }
    assert differing == {}
    assert any(name[1] == "Frequency" for name in LITERALS)


def test_no_command_has_words_of_the_contract_of_its_own() -> None:
    own = {
        (path.stem, name)
        for path in files_of("cli")
        for name, kind in inspect.getmembers(import_module(module_name(path)), inspect.isclass)
        if kind.__module__ == module_name(path) and "StrEnum" in {base.__name__ for base in kind.__mro__}
    }
    known = {("simulator", "Switch"), ("clock", "Way"), ("custom_reports", "Schedule"), ("keys", "Key")}
    assert own == known, "on, off and never are the command's own, and so is what a key is for"

"""No validator's words reach anybody: what it finds becomes a sentence with a code, over every model, form and rule."""

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any, get_args

import pytest
from flask import Flask
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType
from werkzeug.datastructures import MultiDict

import gateway.web
from auth_service.payloads import LoginRequest
from gateway.web.base_form import BaseForm
from gateway.web.password_field import MIN_LENGTH_KEY
from shared.amounts.money import NumberLiteral, parse_amount
from shared.http import field_problems
from shared.http.field_problems import MOST_PROBLEMS, FieldError, Problem, invalid_fields, problems_of
from shared.http.payloads import LONGEST_TEXT, Line, PathModel, QueryModel, RequestModel
from shared.services import BACKENDS

VALIDATOR = re.compile(
    r"[Ii]nput|[Vv]alidat|[Ii]nvalid|[Vv]alue error|[Uu]nable|permitted|[Ff]ield required|This field|Not a valid|"
    r"instance of|string|integer|boolean|dictionary|\\|\^|\[A|\$$|\{|\d+ items?|parsing|type=|Extra|coerce|pattern"
)
HOSTILE: list[Any] = [
    *(None, True, 0, -1, 1.5, 10**25, "", " ", "x", "\x00", "a\u202eb", "1e5", "12.345", "2026-02-30", "nope", "é" * 5),
    *([], {}, [1], ["x"], [{}], {"a": 1}, {"days": -1}, NumberLiteral("1e99"), "x" * 100_000, ["x"] * 6_000, b"\xff"),
]
FIGURES = {
    "ge": 1,
    "pattern": "^a$",
    "max_length": 3,
    "min_length": 2,
    "expected": "'a' or 'b'",
    "error": "is too late",
}


def models() -> list[type[BaseModel]]:
    """Every model of a request, of every service."""
    for service in BACKENDS:
        package = import_module(service.package)
        for found in pkgutil.walk_packages(package.__path__, f"{service.package}."):
            if found.name.rpartition(".")[2] in ("payloads", "bank_payloads", "internal_routes"):
                import_module(found.name)
    return sorted(
        {
            model
            for base in (RequestModel, QueryModel, PathModel)
            for model in subclasses(base)
            if not model.__name__.startswith("_") and not model.__module__.startswith("tests")
        },
        key=lambda model: (model.__module__, model.__name__),
    )


def subclasses(base: type[Any]) -> Iterator[type[Any]]:
    for one in base.__subclasses__():
        yield one
        yield from subclasses(one)


def problems(model: type[BaseModel], value: object) -> dict[str, Problem]:
    try:
        model.model_validate(value)
    except ValidationError as error:
        return problems_of(error)
    return {}


@pytest.mark.parametrize("model", models(), ids=lambda model: f"{model.__module__}.{model.__name__}")
def test_whatever_is_wrong_with_a_field_is_said_in_words_for_people(model: type[BaseModel]) -> None:
    said: dict[str, Problem] = problems(model, {}) | problems(model, {"no_such_field": 1})
    for name, field in model.model_fields.items():
        for value in HOSTILE:
            said.update(
                (f"{place} = {str(value)[:20]!r}", problem)
                for place, problem in problems(model, {field.alias or name: value}).items()
            )
    assert said
    for where, problem in said.items():
        assert not VALIDATOR.search(problem.sentence), (where, problem.sentence)
        assert re.fullmatch(r"(?s)\S.{5,250}[^.]", problem.sentence), (where, problem.sentence)
        assert re.fullmatch(r"[a-z][a-z_]*[a-z]", problem.code), (where, problem.code)


@pytest.mark.parametrize("model", models(), ids=lambda model: f"{model.__module__}.{model.__name__}")
def test_every_text_whose_characters_are_looked_at_has_a_length(model: type[BaseModel]) -> None:
    """Beyond the longest they are not looked at, so what has no bound of its own would take anything."""
    for name, field in model.model_fields.items():
        place = field.alias or name
        looked_at = problems(model, {place: "a\u200bb"}).get(place)
        if looked_at is not None and looked_at.code in ("invisible_characters", "name_characters"):
            assert problems(model, {place: "\u00e9" * (LONGEST_TEXT + 1)})[place].code == "too_long"


def test_very_many_problems_are_not_told_one_by_one() -> None:
    body = {f"k{number}": 1 for number in range(MOST_PROBLEMS)}
    assert set(problems(LoginRequest, body)) == {"body"}


@pytest.mark.parametrize("kind", get_args(ErrorType))
def test_no_kind_of_error_passes_on_what_the_validator_says(kind: str) -> None:
    details: ErrorDetails = {"type": kind, "loc": ("x",), "msg": "Input should be VALID", "input": "", "ctx": FIGURES}
    problem = field_problems._problem(details | {"ctx": {**FIGURES, "discriminator": "'type'"}})  # type: ignore[arg-type]
    assert "VALID" not in problem.sentence
    assert not VALIDATOR.search(problem.sentence)


LONG = {"code": "too_long", "limit": 3}


class _Sample(RequestModel):
    name: Line = Field(min_length=1, max_length=60)
    count: int = Field(ge=1, le=10_000)
    items: list[int] = Field(default=[1], min_length=1, max_length=3)


@pytest.mark.parametrize(
    ("given", "field", "sentence", "wire"),
    [
        ({"name": " ", "count": 1}, "name", "must not be empty", {"code": "empty", "limit": 1}),
        ({"name": "x" * 61, "count": 1}, "name", "must have at most 60 characters", {"code": "too_long", "limit": 60}),
        ({"name": "x", "count": 0}, "count", "must be at least 1", {"code": "too_small", "limit": 1}),
        ({"name": "x", "count": 20_000}, "count", "must be at most 10,000", {"code": "too_large", "limit": 10_000}),
        ({"name": "x", "count": "1"}, "count", "must be a whole number", {"code": "not_a_number"}),
        ({"name": "x"}, "count", "must be given", {"code": "missing"}),
        ({"name": "x", "count": 1, "items": []}, "items", "must not be empty", {"code": "empty", "limit": 1}),
        (
            {"name": "x", "count": 1, "items": [1] * 4},
            "items",
            "must have at most 3 entries",
            {"code": "too_long", "limit": 3},
        ),
        ({"name": "x", "count": 1, "nmae": "x"}, "nmae", "is not known here", {"code": "unknown"}),
    ],
)
def test_the_sentence_and_the_code_say_the_same(
    given: dict[str, Any], field: str, sentence: str, wire: dict[str, Any]
) -> None:
    found = problems(_Sample, given)
    assert list(found) == [field]
    assert (found[field].sentence, found[field].wire()) == (sentence, wire)


def forms() -> list[type[BaseForm]]:
    """Every form of the pages."""
    for found in pkgutil.walk_packages(gateway.web.__path__, "gateway.web."):
        import_module(found.name)
    return sorted(set(subclasses(BaseForm)), key=lambda form: (form.__module__, form.__name__))


@pytest.mark.parametrize("form", forms(), ids=lambda form: f"{form.__module__}.{form.__name__}")
def test_forms_speak_no_validators_words_either(form: type[BaseForm]) -> None:
    app = Flask(__name__)
    app.config.update({MIN_LENGTH_KEY: 12}, SECRET_KEY="for this test alone", WTF_CSRF_ENABLED=False)
    with app.test_request_context(method="POST"):
        for typed in ("", " ", "x", "-1", "1.5", "9" * 30, "nope@", "x" * 3000, "2026-02-30", "\u202e"):
            filled = form(MultiDict(dict.fromkeys(form(MultiDict())._fields, typed)))
            for field in filled:
                if getattr(field, "choices", ()) is None:
                    field.choices = []  # a view offers them
            filled.validate()
            for name, errors in filled.errors.items():
                for said in errors:
                    assert not VALIDATOR.search(str(said)), (name, typed, said)
                    assert re.fullmatch(r"[A-Z].*[.?!]", str(said)), (name, typed, said)


def test_a_field_that_only_a_rule_refused_has_a_code_and_its_figures_too() -> None:
    with pytest.raises(FieldError) as refused:
        parse_amount("1.234", "EUR")
    details = invalid_fields({"amount": refused.value.problem}).details
    assert details == {
        "fields": {"amount": "EUR has 2 decimals at most"},
        "problems": {"amount": {"code": "too_many_decimals", "currency": "EUR", "limit": 2}},
    }

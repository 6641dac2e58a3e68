"""What every request and response model has in common: strictness, and the success envelope."""

import re
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, create_model
from pydantic_core import PydanticCustomError

from shared.http.field_problems import form
from shared.identifiers import UUID_PATTERN, is_id
from shared.text import clean, clean_name

_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)
EXAMPLE_ID = "0190a8c0-5f00-7a00-8000-3c1f5e9b7d42"
Id = Annotated[
    str,
    form(UUID_PATTERN, f"must be an id such as {EXAMPLE_ID}"),
    Field(json_schema_extra={"format": "uuid"}, examples=[EXAMPLE_ID]),
]


def _id_or_nothing(text: str) -> str:
    return text if is_id(text) else ""


PathId = Annotated[
    str,
    AfterValidator(_id_or_nothing),
    Field(json_schema_extra={"format": "uuid", "example": EXAMPLE_ID}),
]
"""An id in a path. Any text is accepted here: what is no id names nothing (404), and is empty from here on, as there is
text that not every database takes."""
Timestamp = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-20T15:04:05.123456Z"])]
"""A point in time in a reply."""
DayText = Annotated[str, Field(json_schema_extra={"format": "date"}, examples=["2026-11-20"])]
"""A day of the bank in a reply."""
MonthText = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}$"), Field(examples=["2026-11"])]
"""A month of the bank in a reply."""
CurrencyCode = Annotated[
    str, form(r"^[A-Z]{3}$", "must be the three letters of a currency, such as EUR"), Field(examples=["EUR"])
]
"""A currency by its ISO 4217 code."""
RateText = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,24})?$"), Field(examples=["0.9186"])]
"""An exchange rate, or a part of a whole, in a reply: a decimal without sign or exponent."""
AccountNumberText = Annotated[str, Field(examples=["DE36500105175000000001"])]
"""An account number (IBAN) in a reply: whole for its owner, masked for others."""


LONGEST_TEXT = 1000
"""No text of a person's is longer. What is, is refused for its length alone: looking at its characters takes long."""


def _clean(value: object) -> object:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        return value
    try:
        return clean(value).strip()
    except ValueError as problem:
        raise PydanticCustomError("invisible_characters", str(problem)) from None


def _clean_name(value: object) -> object:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        return value
    try:
        return clean_name(value)
    except ValueError as problem:
        raise PydanticCustomError("name_characters", str(problem)) from None


Line = Annotated[str, BeforeValidator(_clean)]
"""One line of text from a person (`shared.text.clean`), without outer spaces; add a length with Field, as nothing
beyond LONGEST_TEXT is looked at."""
TypedPassword = Annotated[str, Field(min_length=1, max_length=1024, examples=["four unrelated words help"])]
"""A password that somebody is known by, whatever its rules were when it was chosen."""
PersonName = Annotated[str, BeforeValidator(_clean_name)]
"""A person's name (`shared.text.clean_name`); add a length with Field, as for a Line."""


def _in_digits(value: object) -> object:
    if isinstance(value, str) and _DIGITS.fullmatch(value) is None:
        raise PydanticCustomError("whole_number", "must be a whole number, in decimal digits alone")
    return value


WholeNumber = Annotated[int, BeforeValidator(_in_digits)]
"""A number in a query: pydantic alone would also read `1_0`, `+10` and `10.0`."""


NextCursor = Annotated[
    str | None,
    Field(description="`cursor` of the next page; null on the last", examples=["MTc5NDc1MjI0NTEyMzQ1Ni4wMTkw"]),
]


class _Model(BaseModel):
    """What does not fit is named by its place alone: an error that quotes it would carry people's data into logs."""

    model_config = ConfigDict(hide_input_in_errors=True)

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The schema with `example` for `examples`, which flask-openapi3's model of a schema does not know."""
        schema: dict[str, Any] = _with_example(super().model_json_schema(*args, **kwargs))
        return schema


def _with_example(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_example(part) for part in node]
    if not isinstance(node, dict):
        return node
    found = {key: _with_example(part) for key, part in node.items() if key != "examples"}
    return found | {"example": node["examples"][0]} if isinstance(node.get("examples"), list) else found


class RequestModel(_Model):
    """A request body: unknown fields are refused, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class QueryModel(_Model):
    """Query parameters: text is read as numbers and dates, unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    @cache
    def _schema(cls) -> dict[str, Any]:
        return super().model_json_schema()

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The schema, computed once: flask-openapi3 asks for it on each request."""
        return super().model_json_schema(*args, **kwargs) if args or kwargs else cls._schema()


class PathModel(_Model):
    """Path parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ResponseModel(_Model):
    """A part of a reply; it is what OpenAPI shows and what contract tests check."""

    model_config = ConfigDict(extra="forbid")


class ErrorReply(ResponseModel):
    """Every error of every service. `details` holds figures and names, so that a client can word it itself."""

    success: Literal[False]
    message: str = Field(description="a sentence for people", examples=["Some fields are not valid."])
    error_code: str = Field(
        description="stable; the catalogue of errors lists them all",
        pattern=r"^[A-Z]+(_[A-Z]+)*$",
        examples=["VALIDATION_ERROR"],
    )
    details: dict[str, Any] = Field(examples=[{"fields": {"amount": "must be more than zero"}}])
    request_id: str | None = Field(
        description="that of `X-Request-ID`: the caller's own, else a UUID",
        examples=["0190a8c0-5f00-7a00-8000-00000000000b"],
    )


def _named(model: type[BaseModel]) -> str:
    """What the model's own description says first."""
    return (model.__doc__ or "").strip().partition("\n")[0]


@cache
def reply_of(model: type[BaseModel]) -> type[BaseModel]:
    """The model of a success with one such object: `{"success": true, "data": {...}}`."""
    return create_model(
        f"{model.__name__}Reply",
        __base__=ResponseModel,
        __doc__=f"A success: {_named(model)}",
        success=(Literal[True], ...),
        data=(model, ...),
    )


@cache
def list_of(model: type[BaseModel]) -> type[BaseModel]:
    """The model of a success with a page of such rows; `next_cursor` is null on the last page."""
    return create_model(
        f"{model.__name__}List",
        __base__=ResponseModel,
        __doc__=f"A page of a list. Each row: {_named(model)}",
        success=(Literal[True], ...),
        data=(list[model], ...),  # type: ignore[valid-type]
        next_cursor=(NextCursor, ...),
    )


def success(data: object) -> dict[str, Any]:
    """The body of a success with one object."""
    return {"success": True, "data": data}


def success_list(rows: list[Any], next_cursor: str | None = None) -> dict[str, Any]:
    """The body of a success with a page of rows."""
    return {"success": True, "data": rows, "next_cursor": next_cursor}

"""What every request and response model has in common: strictness, and the success envelope."""

import re
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, create_model
from pydantic_core import PydanticCustomError

from shared.identifiers import UUID_PATTERN
from shared.text import clean, clean_name

_DIGITS = re.compile(r"[0-9]{1,19}", re.ASCII)
Id = Annotated[str, StringConstraints(pattern=UUID_PATTERN)]


def _clean(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return clean(value)
    except ValueError as problem:
        raise PydanticCustomError("invisible_characters", str(problem)) from None


def _clean_name(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return clean_name(value)
    except ValueError as problem:
        raise PydanticCustomError("name_characters", str(problem)) from None


Line = Annotated[str, BeforeValidator(_clean), StringConstraints(strip_whitespace=True)]
"""One line of text from a person (`shared.text.clean`); add a length with Field."""
PersonName = Annotated[str, BeforeValidator(_clean_name)]
"""A person's name (`shared.text.clean_name`); add a length with Field."""


def _in_digits(value: object) -> object:
    if isinstance(value, str) and _DIGITS.fullmatch(value) is None:
        raise PydanticCustomError("whole_number", "must be a whole number, in decimal digits alone")
    return value


WholeNumber = Annotated[int, BeforeValidator(_in_digits, json_schema_input_type=int)]
"""A number in a query: pydantic alone would also read `1_0`, `+10` and `10.0`."""


class RequestModel(BaseModel):
    """A request body: unknown fields are refused, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class QueryModel(BaseModel):
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


class PathModel(BaseModel):
    """Path parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ResponseModel(BaseModel):
    """A part of a reply; it is what OpenAPI shows and what contract tests check."""

    model_config = ConfigDict(extra="forbid")


class ErrorReply(ResponseModel):
    """Every error of every service."""

    success: bool
    message: str
    error_code: str
    details: dict[str, Any]
    request_id: str | None


@cache
def reply_of(model: type[BaseModel]) -> type[BaseModel]:
    """The model of a success with one such object: `{"success": true, "data": {...}}`."""
    return create_model(f"{model.__name__}Reply", __base__=ResponseModel, success=(bool, ...), data=(model, ...))


@cache
def list_of(model: type[BaseModel]) -> type[BaseModel]:
    """The model of a success with a page of such rows; `next_cursor` is null on the last page."""
    return create_model(
        f"{model.__name__}List",
        __base__=ResponseModel,
        success=(bool, ...),
        data=(list[model], ...),  # type: ignore[valid-type]
        next_cursor=(str | None, ...),
    )


def success(data: object) -> dict[str, Any]:
    """The body of a success with one object."""
    return {"success": True, "data": data}


def success_list(rows: list[Any], next_cursor: str | None = None) -> dict[str, Any]:
    """The body of a success with a page of rows."""
    return {"success": True, "data": rows, "next_cursor": next_cursor}

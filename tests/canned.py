"""Replies that tests put into a bank's mouth: such as the real services could give, or the test does not begin.

Successes fit the models that OpenAPI shows; refusals have codes of the catalogue, with their statuses.
"""

import json
import re
from functools import cache
from typing import Any

from pydantic import BaseModel

from sandbank import Reply
from shared.contract.openapi_examples import SCHEMAS, example_of
from shared.http.payloads import ErrorReply, list_of, reply_of
from tests.architecture.sources import ROOT

_ENTRY = re.compile(r"^## ([A-Z_]+)\n\n(\d{3})\b", re.MULTILINE)


@cache
def statuses() -> dict[str, int]:
    """The status of each code, as docs/errors.md has them."""
    return {code: int(status) for code, status in _ENTRY.findall((ROOT / "docs" / "errors.md").read_text())}


def example(model: type[BaseModel], **facts: Any) -> dict[str, Any]:
    """Something of this shape: the example of its fields, but for these facts."""
    schema = model.model_json_schema(ref_template=SCHEMAS + "{model}")
    made: dict[str, Any] = {**example_of(schema, schema.get("$defs", {})), **facts}
    model.model_validate(made)
    return made


def success(model: type[BaseModel], body: dict[str, Any], status: int = 200) -> Reply:
    """A success whose body is of this model."""
    whole = {"success": True, **body}
    model.model_validate(whole)
    return Reply(status, json.dumps(whole).encode())


def one(model: type[BaseModel], status: int = 200, **facts: Any) -> Reply:
    """A success with one of these."""
    return success(reply_of(model), {"data": example(model, **facts)}, status)


def page(model: type[BaseModel], *rows: dict[str, Any], next_cursor: str | None = None) -> Reply:
    """A page of a list, of rows with these facts."""
    return success(list_of(model), {"data": [example(model, **row) for row in rows], "next_cursor": next_cursor})


def refusal(status: int, code: str, headers: dict[str, str] | None = None, **details: Any) -> Reply:
    """A refusal that the bank knows."""
    assert statuses()[code] == status, f"{code} comes with {statuses()[code]}"
    body = {"success": False, "message": "No.", "error_code": code, "details": details, "request_id": "r-1"}
    ErrorReply.model_validate(body)
    return Reply(status, json.dumps(body).encode(), headers or {})

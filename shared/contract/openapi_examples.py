"""Whole examples of requests and replies, put together from the examples of their fields."""

from typing import Any

Schema = dict[str, Any]
SCHEMAS = "#/components/schemas/"
_BY_FORMAT = {
    "date": "2026-11-20",
    "date-time": "2026-11-20T15:04:05.123456Z",
    "uuid": "0190a8c0-5f00-7a00-8000-3c1f5e9b7d42",
}


def example_of(schema: Schema, schemas: dict[str, Schema]) -> Any:
    """A value that fits the schema: its own example where it has one, else one made of its parts.

    Of a text nothing says what it may look like: a test finds the one without an example of its own.
    """
    for given in ("example", "const", "default"):
        if schema.get(given) is not None:
            return schema[given]
    for listed in ("examples", "enum"):
        if schema.get(listed):
            return schema[listed][0]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(SCHEMAS)], schemas)
    choices = schema.get("oneOf") or schema.get("anyOf") or schema.get("allOf")
    if choices:
        return example_of(next((one for one in choices if one.get("type") != "null"), choices[0]), schemas)
    return _of_type(schema, schemas)


def _of_type(schema: Schema, schemas: dict[str, Schema]) -> Any:
    kind = schema.get("type")
    if kind == "object":
        return {name: example_of(part, schemas) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [example_of(schema["items"], schemas)] if schema.get("items") else []
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind in ("boolean", "null"):
        return {"boolean": True, "null": None}[kind]
    return _BY_FORMAT.get(schema.get("format", ""), "text")

"""How large the numbers of a request may be, as its service's own description says. Pure."""

from typing import Any


def number_limits(description: dict[str, Any], path: str) -> dict[str, tuple[int, int]]:
    """The least and the greatest of each bounded number in the body of `POST path`, by field.

    Empty when the path is not described, as while its service has not been seen: then a form shows no limits, and the
    service still applies its own.
    """
    content = description.get("paths", {}).get(path, {}).get("post", {}).get("requestBody", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    schema = description.get("components", {}).get("schemas", {}).get(reference.rpartition("/")[2], {})
    return {
        name: (int(field["minimum"]), int(field["maximum"]))
        for name, field in schema.get("properties", {}).items()
        if "minimum" in field and "maximum" in field
    }

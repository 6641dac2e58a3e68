"""Every error that a client may meet, gathered from what the services say of themselves.

`python -m tests.architecture.error_document` writes docs/errors.md from them (`make docs`).
"""

import json
from http import HTTPStatus
from typing import Any

from shared.contract.error_catalogue import catalogue
from shared.refusals import GENERAL_REFUSALS
from shared.services import BACKENDS
from tests.architecture.route_map import routes_of
from tests.architecture.sources import ROOT

DOCUMENT = ROOT / "docs" / "errors.md"
_HEADING = """# The errors

Written by `make docs` from the refusals in the code; a test compares the two. The running bank shows the same on its
page `/docs/errors`, and `/openapi.json` says which of them each operation can answer with.

Every error of every service has one shape. `error_code` never changes; `message` is for people and may; `details` holds
the names and figures in it, so that a client can say it in another language. In a `VALIDATION_ERROR`, `details.fields`
says what is wrong with each field, and `details.problems` the same as codes with their figures. Where `Retry-After` is
sent, `details.retry_after_seconds` is the same, for the items of a batch too. Quote the `request_id`
when you ask about one: every line that the bank logged about the request has it.

"Again" says whether the same request can succeed later as it is; where `Retry-After` is sent, it says when. A request
that moves money is sent again with the same `Idempotency-Key`: whatever happened to the first, it is done once.

| code | status | again |
| --- | --- | --- |
"""


def errors() -> list[dict[str, Any]]:
    """The entries of the catalogue, in the order of their codes."""
    found = {entry["code"]: entry for entry in catalogue(GENERAL_REFUSALS)}
    for service in BACKENDS:
        found.update((entry["code"], entry) for entry in routes_of(service).errors)
    return [found[code] for code in sorted(found)]


def document() -> str:
    """docs/errors.md as it should be."""
    entries = errors()
    rows = [f"| [`{one['code']}`](#{one['code'].lower()}) | {one['status']} | {_again(one)} |" for one in entries]
    return _HEADING + "\n".join(rows) + "\n" + "".join(_section(one) for one in entries)


def _again(entry: dict[str, Any]) -> str:
    return "yes" if entry["retry"] else "no"


def _optional(entry: dict[str, Any]) -> str:
    names = ", ".join(f"`{name}`" for name in entry["optional_details"])
    return f" Some such replies have {names} in their details too." if names else ""


def _section(entry: dict[str, Any]) -> str:
    example = json.dumps(entry["example"], indent=2, ensure_ascii=False)
    return f"""
## {entry["code"]}

{entry["status"]} {HTTPStatus(entry["status"]).phrase} · again: {_again(entry)}

{entry["when"]} {entry["remedy"]}{_optional(entry)}

```json
{example}
```
"""


if __name__ == "__main__":
    DOCUMENT.write_text(document())

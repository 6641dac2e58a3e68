"""What every group of the API's operations stands on."""

from urllib.parse import quote

from sandbank.caller import Caller


class Resource:
    """A group of operations; its methods are named as the API's operations are."""

    def __init__(self, client: Caller) -> None:
        self._client = client


def given(**facts: object) -> dict[str, object]:
    """The facts that are there: what is None is left out of a request body."""
    return {name: value for name, value in facts.items() if value is not None}


def in_path(text: str) -> str:
    """An id, safe to stand in a path."""
    return quote(text, safe="")

"""What the ledger has been told of cards, noted on the way to it."""

from collections.abc import Callable, Iterable
from io import BytesIO
from json import loads
from typing import Any

_PREFIX = "/internal/ledger/cards/"


class ToldCards:
    """The ledger's WSGI app; `cards` by id, with all facts that it took."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.cards: dict[str, dict[str, Any]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(_PREFIX):
            return self._passed_on(environ, start_response)
        raw = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = BytesIO(raw)

        def noted(status: str, headers: Any, *others: Any) -> Any:
            if status.startswith("200"):
                known = self.cards.setdefault(path.removeprefix(_PREFIX).removesuffix("/state"), {"version": 0})
                told = loads(raw)
                known.update(told if told["version"] >= known["version"] else {})
            return start_response(status, headers, *others)

        return self._passed_on(environ, noted)

    def _passed_on(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer

"""The ledger with points at which its process dies: `python -m tests.resilience.failing_ledger`.

A point is `before` or `after`, a colon, and `claim`, `entry`, `commit` or `reply`; the process dies once, at the one
that the file `FAILPOINT` names, together with the path whose reply is meant. The product knows nothing of this: the
points are wrapped from outside.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

import shared.server
from transaction_service import app
from transaction_service.ledger import idempotency_keys, journal

DEATH = 9
POINTS = tuple(f"{moment}:{step}" for step in ("claim", "entry", "commit", "reply") for moment in ("before", "after"))
POINTS_OF_WORK = POINTS[:5]
"""Those that what falls due passes: nobody waits for a reply."""


def arm(folder: Path, point: str, path: str = "") -> Path:
    """Let the ledger on this folder die there once; the file that is gone when it has."""
    marker = folder / "armed"
    ready = marker.with_suffix(".ready")
    ready.write_text(f"{point} {path}")
    ready.rename(marker)
    return marker


def is_armed(point: str, path: str | None = None) -> bool:
    """Whether this is the point to die at, and the path meant."""
    try:
        armed, _, meant = Path(os.environ["FAILPOINT"]).read_text().partition(" ")
    except FileNotFoundError:
        return False
    return armed == point and path in (None, meant)


def die_if_armed(point: str) -> None:
    """End this process as a power cut would: no cleanup, no reply."""
    if is_armed(point):
        Path(os.environ["FAILPOINT"]).unlink()
        os._exit(DEATH)


def around(function: Callable[..., Any], step: str) -> Callable[..., Any]:
    """The function with death before and after it."""

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        die_if_armed(f"before:{step}")
        result = function(*args, **kwargs)
        die_if_armed(f"after:{step}")
        return result

    return wrapped


def wrap() -> None:
    """Put death at every point."""
    idempotency_keys.claim = around(idempotency_keys.claim, "claim")
    journal.append = around(journal.append, "entry")
    event.listen(Engine, "commit", lambda _connection: die_if_armed("before:commit"))
    create_app = app.create_app

    def failing_app() -> Any:
        made = create_app()
        made.wsgi_app = _dying_around(made.wsgi_app)  # the fast lane and the ordinary routes alike
        return made

    app.create_app = failing_app


def _dying_around(serve: Callable[..., Any]) -> Callable[..., Any]:
    def dying(environ: dict[str, Any], start_response: Any) -> Any:
        pieces = serve(environ, start_response)
        is_meant = any(is_armed(point, environ["PATH_INFO"]) for point in POINTS[5:])
        return _replied(pieces) if is_meant else pieces

    return dying


def _replied(pieces: Any) -> Iterator[bytes]:
    """The reply, with death before it begins, in the middle of it, and after it."""
    die_if_armed("after:commit")
    content = b"".join(pieces)
    if is_armed("before:reply"):
        yield content[: len(content) // 2]
        die_if_armed("before:reply")
    yield content
    die_if_armed("after:reply")


if __name__ == "__main__":
    wrap()
    shared.server.main("transaction_service")

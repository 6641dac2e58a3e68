"""Whether the request being served has done anything yet: committed something, or told another service to.

Until then it may be carried out from the beginning, and nobody can tell (`shared.http.repetition`).
"""

from flask import g, has_request_context


def note_act() -> None:
    """Say that it has."""
    if has_request_context():
        g.has_acted = True


def has_acted() -> bool:
    """Whether it has."""
    return bool(g.get("has_acted"))

"""Addresses of the files in `static/`, with their content's hash, so that browsers keep each until it changes."""

import hashlib
from functools import cache
from pathlib import Path

from flask import current_app, url_for


def asset(filename: str) -> str:
    """The address of a file of `static/`."""
    return url_for("static", filename=filename, v=_content_hash(Path(str(current_app.static_folder)) / filename))


@cache
def _content_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]

"""Requests that neither people nor their programs make: of services among themselves, of monitors, and for files."""

import re

_PATHS = re.compile(
    r"/internal/|/(?:api/)?health$|/metrics$|/openapi\.json$|/status$"
    r"|/(?:bootstrap/)?static/|/docs/swagger/|/bank\.css$|/admin/live/events$"
)


def is_of_machines(path: str) -> bool:
    """Whether a request to this path says nothing of how the bank serves people; a stream lasts as long as its page."""
    return _PATHS.match(path) is not None

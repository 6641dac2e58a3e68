"""The header that says how long a caller still waits."""

from shared.network.http_client import TIMEOUT_HEADER, milliseconds


def answer_wanted_in(seconds: float) -> dict[str, str]:
    """The header for an answer that is wanted in so many seconds."""
    return {TIMEOUT_HEADER: milliseconds(seconds)}

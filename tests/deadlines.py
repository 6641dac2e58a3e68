"""The timeout header as a caller sends it."""

from shared.http_client import milliseconds


def deadline_in(seconds: float) -> str:
    """The header's value for an answer wanted in so many seconds."""
    return milliseconds(seconds)

"""The deadline header as a caller sends it."""

import time


def deadline_in(seconds: float) -> str:
    """The header's value for an answer wanted in so many seconds."""
    return f"{time.time() + seconds:.3f}"

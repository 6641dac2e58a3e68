"""What is written of a bank is for its owner's eyes alone, also files that libraries make."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_OTHERS = 0o077


@contextmanager
def owner_only() -> Iterator[None]:
    """New files and folders of this process are private while the block runs."""
    before = os.umask(_OTHERS)
    try:
        yield
    finally:
        os.umask(before)

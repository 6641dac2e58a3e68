"""Whose reply is given up when readers hold too many threads or too much memory."""

import time
from collections.abc import Iterable

from shared.serving.connection import Connection

READING_SECONDS = 12.0
"""How long a client may take nothing of a reply."""
PATIENCE_UNDER_PRESSURE_SECONDS = 1.0
"""How long it may hold a thread, or stand still, when half of the threads or too much memory is held by readers."""
MOST_UNSENT_BYTES = 64 * 1024 * 1024


def given_up(sending: Iterable[Connection], threads: int) -> list[Connection]:
    """Who is too much among those that have a reply to read, given in the order in which they last took something.

    Who holds a thread is judged by how long, not by whether it reads on: some dozens that read steadily, but slower
    than replies are made, would have all threads for themselves.
    """
    waiting = list(sending)
    now = time.monotonic()
    held_up = sorted((each for each in waiting if each.is_held_up), key=lambda each: each.waited_since)
    too_many = held_up[: max(0, len(held_up) - threads // 2)]
    chosen = [each for each in too_many if now - each.waited_since > PATIENCE_UNDER_PRESSURE_SECONDS]
    unsent = sum(each.unsent_bytes for each in waiting) - sum(each.unsent_bytes for each in chosen)
    for each in waiting:
        if unsent <= MOST_UNSENT_BYTES or each.deadline > now + READING_SECONDS - PATIENCE_UNDER_PRESSURE_SECONDS:
            break
        if each not in chosen:
            unsent -= each.unsent_bytes
            chosen.append(each)
    return chosen

"""How many exports are written, and reports counted, at once: few, as each holds a thread for as long as it takes."""

import threading
from collections import Counter
from collections.abc import Iterator

from shared.refusals import UNAVAILABLE, Refused

MOST_OF_ONE = 2
MOST_OF_ALL = 6
RETRY_AFTER_SECONDS = 5


class ConcurrencyLimit:
    """The exports of one process, or whatever else takes long (`what`). Thread-safe."""

    def __init__(
        self, most_of_one: int = MOST_OF_ONE, most_of_all: int = MOST_OF_ALL, *, what: str = "exports"
    ) -> None:
        self._what, self._most_of_one, self._most_of_all = what, most_of_one, most_of_all
        self._lock = threading.Lock()
        self._of: Counter[str] = Counter()

    def begin(self, user_id: str) -> None:
        """Count one more of this person's. Raises Refused (503) where that is one too many."""
        with self._lock:
            if self._of[user_id] >= self._most_of_one:
                message = f"Your other {self._what} are under way; ask again when one of them is done."
                raise Refused(UNAVAILABLE, message, retry_after_seconds=RETRY_AFTER_SECONDS)
            if self._of.total() >= self._most_of_all:
                message = f"Other {self._what} are under way; try again shortly."
                raise Refused(UNAVAILABLE, message, retry_after_seconds=RETRY_AFTER_SECONDS)
            self._of[user_id] += 1

    def end(self, user_id: str) -> None:
        """One of this person's is done, or given up."""
        with self._lock:
            self._of[user_id] -= 1
            if not self._of[user_id]:
                del self._of[user_id]


class ExportStream:
    """The pieces of an export, which count as under way until the last is read or the server closes them."""

    def __init__(self, pieces: Iterator[bytes], under_way: ConcurrencyLimit, user_id: str) -> None:
        self._pieces = pieces
        self._under_way = under_way
        self._user_id: str | None = user_id

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Called by the server at the end, whatever came of the reply."""
        user_id, self._user_id = self._user_id, None
        if user_id is not None:
            self._under_way.end(user_id)
            if hasattr(self._pieces, "close"):
                self._pieces.close()

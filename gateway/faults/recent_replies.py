"""Answers of a moment ago, for reads that are to be stale."""

import threading
import time
from collections import OrderedDict

from gateway.proxy.upstream_reply import Reply

MOST_REPLIES = 256
_OF_ITS_REQUEST = frozenset({"x-request-id", "x-sandbank-fault"})


class RecentReplies:
    """The latest fresh answer to each question, by who asked what. Thread-safe."""

    def __init__(self) -> None:
        self._replies: OrderedDict[tuple[str, str], tuple[float, Reply]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, authorization: str, target: str, reply: Reply) -> None:
        """Remember a fresh answer, if it is a success that was read at once."""
        if reply.status != 200 or not isinstance(reply.body, tuple):
            return
        headers = [header for header in reply.headers if header[0].lower() not in _OF_ITS_REQUEST]
        kept = Reply(reply.status, reply.status_line, headers, reply.body)
        with self._lock:
            self._replies[authorization, target] = (time.monotonic(), kept)
            self._replies.move_to_end((authorization, target))
            if len(self._replies) > MOST_REPLIES:
                self._replies.popitem(last=False)

    def find(self, authorization: str, target: str, *, milliseconds: int) -> Reply | None:
        """The answer that was given, if it is no older than that."""
        with self._lock:
            at, reply = self._replies.get((authorization, target), (float("-inf"), None))
        if reply is None or (time.monotonic() - at) * 1000 > milliseconds:
            return None
        return Reply(reply.status, reply.status_line, list(reply.headers), reply.body)

"""Under which names the bank answers. All of them, unless the settings name some."""

import re
from collections.abc import Iterable

_NAME = re.compile(r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+")
_HOST = re.compile(rf"({_NAME.pattern})(?::[0-9]{{1,5}})?")


class HostNames:
    """`named` are host names or addresses without a port. Raises ValueError for what is neither."""

    def __init__(self, named: Iterable[str] = ()) -> None:
        self._names = frozenset(name.lower() for name in named)
        for name in self._names:
            if not _NAME.fullmatch(name):
                raise ValueError(name)

    @property
    def are_all(self) -> bool:
        """Whether any name will do."""
        return not self._names

    def know(self, host: str) -> bool:
        """Whether a request with this Host header is meant for this bank."""
        if not self._names:
            return True
        found = _HOST.fullmatch(host)
        return found is not None and found[1].lower() in self._names

"""Which service owns a public path. What is not plainly one of the API's own addresses leads nowhere.

No address of the API needs percent-encoding, dot segments or empty segments in its path, so one that has them is
refused before anything can decode it differently: `/api/../internal` and `/api/auth/..%2finternal` name nothing.
"""

import re
from collections.abc import Iterable
from types import MappingProxyType

from shared.services import Service

_SEGMENT = r"/[A-Za-z0-9_~@:,-][A-Za-z0-9_~@:,.-]*"
_TARGET = re.compile(rf"(/api{_SEGMENT})((?:{_SEGMENT})*)/?(?:\?[\x21\x22\x24-\x7e\x80-\xff]*)?", re.ASCII)


ALSO_KNOWN_AS = MappingProxyType({"/scraper/rates": "/api/rates/interest"})
"""Addresses that lead to those of the API."""


def is_api_path(path: str) -> bool:
    """Whether a path belongs to the API, so that whatever goes wrong with it is answered in JSON."""
    return path.startswith("/api/") or path == "/api" or path in ALSO_KNOWN_AS


class PublicPaths:
    """The routing table, from the services' path prefixes (`/api/<word>` each)."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._owners = {prefix: service for service in services for prefix in service.path_prefixes}
        for prefix in self._owners:
            if re.fullmatch(rf"/api{_SEGMENT}", prefix, re.ASCII) is None:
                message = f"the gateway routes by /api/<word>, not by {prefix!r}"
                raise ValueError(message)

    def find(self, target: str) -> tuple[Service, str] | None:
        """The owner of a raw request target, and its path without the query; None when it names nothing."""
        match = _TARGET.fullmatch(target)
        if match is None:
            return None
        service = self._owners.get(match[1])
        return None if service is None else (service, match[1] + match[2])

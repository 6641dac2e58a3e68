"""`--reload`: which services' code changed since last asked."""

from collections.abc import Iterable
from pathlib import Path

from orchestrator.service_process import ROOT
from shared.services import GATEWAY, Service

_SUFFIXES = {".py", ".html", ".css", ".js"}


class CodeWatch:
    """Compares the files' times of change, which is quick for a tree of this size and needs nothing installed."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._seen = {service: _newest(_folders(service)) for service in services}

    def changed(self) -> list[Service]:
        """The services whose own or shared code changed since the last call."""
        found = []
        for service, before in self._seen.items():
            now = _newest(_folders(service))
            if now != before:
                self._seen[service] = now
                found.append(service)
        return found


def _folders(service: Service) -> list[Path]:
    folders = [ROOT / "shared", ROOT / service.package]
    return [*folders, ROOT / "templates", ROOT / "static"] if service == GATEWAY else folders


def _newest(folders: Iterable[Path]) -> tuple[int, int]:
    """How many files there are, and the latest change in nanoseconds since the epoch."""
    times = [
        path.stat().st_mtime_ns
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in _SUFFIXES and path.is_file()
    ]
    return len(times), max(times, default=0)

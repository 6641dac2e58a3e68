"""A ZIP written as it is read, and what is in it so far. No more of it is held than what the compressor keeps."""

import hashlib
import io
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

PIECE_BYTES = 64 * 1024
_FILE_MODE = 0o600 << 16


class _Pipe(io.RawIOBase):
    """Where the ZIP is written to, until somebody takes it away."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._waiting.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._waiting = b"".join(self._waiting), []
        return taken


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file of the archive as its manifest lists it; `rows` where it is a table."""

    path: str
    about: str
    size: int
    sha256: str
    rows: int | None = None

    def listed(self) -> dict[str, Any]:
        """In the manifest."""
        rows = {} if self.rows is None else {"rows": self.rows}
        return {"path": self.path, "about": self.about, **rows, "bytes": self.size, "sha256": self.sha256}


class Archive:
    """The ZIP under way, and what is in it so far. Each method that writes gives the bytes that are ready."""

    def __init__(self) -> None:
        self._pipe = _Pipe()
        self._zip = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED)
        self.files: list[ArchiveFile] = []

    def add(
        self, path: str, about: str, pieces: Iterable[bytes], rows: Callable[[], int] | None = None
    ) -> Iterator[bytes]:
        """A file; `rows` says how many rows it has, once it is written."""
        digest, size = hashlib.sha256(), 0
        entry = zipfile.ZipInfo(path, time.gmtime()[:6])
        entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, _FILE_MODE
        with self._zip.open(entry, "w", force_zip64=True) as file:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                file.write(piece)
                if ready := self._pipe.take():
                    yield ready
        self.files.append(ArchiveFile(path, about, size, digest.hexdigest(), None if rows is None else rows()))
        yield self._pipe.take()

    def add_checksums(self) -> Iterator[bytes]:
        """The checksums of the files so far, as `sha256sum --check` reads them."""
        sums = "".join(f"{file.sha256}  {file.path}\n" for file in self.files)
        yield from self.add("SHA256SUMS", "For `sha256sum --check`.", [sums.encode()])

    def end(self) -> Iterator[bytes]:
        """What a ZIP ends with; without it nobody takes it for a whole one."""
        self._zip.close()
        yield self._pipe.take()

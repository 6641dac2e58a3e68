"""The one file of a backup: a tar, compressed with gzip, its manifest first and the digests of its parts last.

`SHA256SUMS` has a line for each part, as `sha256sum --check` reads it; a file that is not encrypted can be unpacked and
checked with nothing but tar.
"""

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, BinaryIO, Self, cast

from operations.backup.contents import DIGESTS, MANIFEST, is_known, room_of
from operations.backup.manifest import Manifest
from operations.backup.problems import BackupError

_LEVEL = 4
_AT_ONCE = 1024 * 1024
_LONGEST_TEXT = 4 * 1024 * 1024
_DAMAGED = "the backup is damaged: "


class ArchiveWriter:
    """Writes the parts of a backup, one after the other, into `output`."""

    def __init__(self, output: BinaryIO, *, made_at: float) -> None:
        self._made_at = int(made_at)
        self._packed = gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=output, mtime=self._made_at)
        self._tar = tarfile.open(fileobj=self._packed, mode="w|", format=tarfile.GNU_FORMAT)  # noqa: SIM115 (see finish)
        self._digests: dict[str, str] = {}

    def add_text(self, name: str, content: bytes) -> None:
        """A small part."""
        self._add(name, len(content), io.BytesIO(content))

    def add_file(self, name: str, path: Path) -> None:
        """A large one, read as it is written."""
        with path.open("rb") as file:
            self._add(name, path.stat().st_size, file)

    def finish(self) -> None:
        """Write the digests, and the end."""
        sums = "".join(f"{digest}  {name}\n" for name, digest in self._digests.items())
        self._add(DIGESTS, len(sums), io.BytesIO(sums.encode()))
        self._tar.close()
        self._packed.close()

    def _add(self, name: str, size: int, content: BinaryIO) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime, entry.mode = size, self._made_at, 0o600
        digesting = _Digesting(content)
        self._tar.addfile(entry, cast("IO[bytes]", digesting))
        self._digests[name] = digesting.digest.hexdigest()


class _Part(tarfile.TarInfo):
    """A part as ArchiveWriter writes it: a file, told of by one header.

    Before any other kind, such as a link, a name of any length or facts of a file, tarfile would read all that belongs
    to its header into memory.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Read a header. Raises BackupError for what is no file."""
        part = super().frombuf(buf, encoding, errors)
        if part.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            raise _foreign(part.name)
        return part


def _foreign(name: str) -> BackupError:
    return BackupError(_DAMAGED + f"it has a part {name!r}, which does not belong in it")


class _Digesting:
    """What is read passes by its digest."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece


def unpack(packed: BinaryIO, folder: Path, *, on_manifest: Callable[[Manifest], None]) -> Manifest:
    """Write all parts into an empty folder, for the owner's eyes alone, and compare each with its digest.

    `on_manifest` is told what the backup is before anything large is written, and may raise. Raises BackupError for
    what is no whole backup, and where there is no room.
    """
    try:
        with gzip.GzipFile(fileobj=packed) as plain, tarfile.open(fileobj=plain, mode="r|", tarinfo=_Part) as tar:
            manifest, digests = _unpack_parts(tar, folder, on_manifest)
            while plain.read(_AT_ONCE):  # to the end, where gzip has a checksum of its own
                pass
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error, UnicodeDecodeError) as error:
        raise BackupError(_DAMAGED + str(error)) from None
    except OSError as error:
        message = f"the backup cannot be unpacked into {folder}: {error.strerror}"
        raise BackupError(message) from error
    _compare(digests, (folder / DIGESTS).read_text() if (folder / DIGESTS).exists() else "")
    for name in (DIGESTS, MANIFEST):
        (folder / name).unlink()
    return manifest


def _unpack_parts(
    tar: tarfile.TarFile, folder: Path, on_manifest: Callable[[Manifest], None]
) -> tuple[Manifest, dict[str, str]]:
    manifest: Manifest | None = None
    digests: dict[str, str] = {}
    room = 0
    for entry in tar:
        is_text = entry.name in (MANIFEST, DIGESTS)
        if entry.name in digests or not (is_text or is_known(entry.name)):
            raise _foreign(entry.name)
        if is_text and entry.size > _LONGEST_TEXT:
            raise BackupError(_DAMAGED + f"its part {entry.name} is too long")
        if manifest is None and entry.name != MANIFEST:
            raise BackupError(_DAMAGED + "it does not begin with its manifest")
        if manifest is not None and not is_text:
            room = _room_left_of(manifest, entry, room)
        digests[entry.name] = _write(cast("IO[bytes]", tar.extractfile(entry)), folder / entry.name)
        if manifest is None:
            manifest = Manifest.parse((folder / MANIFEST).read_bytes())
            on_manifest(manifest)
    if manifest is None:
        raise BackupError(_DAMAGED + "it is empty")
    return manifest, digests


def _room_left_of(manifest: Manifest, entry: tarfile.TarInfo, room: int) -> int:
    """What the small files take with this one. Raises BackupError where a part is larger than the manifest says.

    The manifest is what the room on the disk was compared with.
    """
    stated = manifest.bytes_of(entry.name)
    taken = room if stated is not None else room + room_of(entry.size)
    if taken > manifest.beside_bytes or (stated is not None and entry.size > stated):
        raise BackupError(_DAMAGED + f"its part {entry.name} is larger than its manifest says")
    return taken


def _write(content: IO[bytes], path: Path) -> str:
    """Write a part; its digest."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    digest = hashlib.sha256()
    with path.open("xb") as file:
        path.chmod(0o600)
        while piece := content.read(_AT_ONCE):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _compare(digests: dict[str, str], sums: str) -> None:
    said = {name: digest for digest, _, name in (line.partition("  ") for line in sums.splitlines())}
    found = {name: digest for name, digest in digests.items() if name != DIGESTS}
    wrong = sorted(name for name in {*said, *found} if said.get(name) != found.get(name))
    if wrong:
        raise BackupError(_DAMAGED + f"{wrong[0]} is not as its digest says")

"""The bank's image as somebody who got hold of it reads it: description, history, and every file of every layer."""

import gzip
import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator

GZIP = b"\x1f\x8b"


class Image:
    """A local image. `described` is what Docker says of it: environment, labels, commands and how it was built."""

    def __init__(self, name: str) -> None:
        self.name = name
        history = _docker("image", "history", "--no-trunc", "--format", "{{.CreatedBy}} {{.Comment}}", name)
        self.described = (_docker("image", "inspect", name) + history).decode()

    def files(self) -> Iterator[tuple[str, bytes]]:
        """The path and content of each file, layer by layer: one that a later layer removes or replaces comes too."""
        with subprocess.Popen([_program(), "save", self.name], stdout=subprocess.PIPE) as saving:
            assert saving.stdout is not None
            with tarfile.open(fileobj=saving.stdout, mode="r|") as image:
                for member in image:
                    content = _unpacked(_content(image, member))
                    if _is_archive(content):
                        yield from _files_of(content)
        assert saving.returncode == 0


def the_image() -> Image:
    """The one that docker-compose built."""
    return Image(os.environ.get("SANDBANK_IMAGE", "sandbank:local"))


def _files_of(layer: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        for member in archive:
            if not member.isdir():
                yield member.name.removeprefix("./"), _content(archive, member)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """What a file holds; nothing for links and devices."""
    file = archive.extractfile(member) if member.isfile() else None
    return b"" if file is None else file.read()


def _unpacked(layer: bytes) -> bytes:
    """Layers are packed or not, depending on Docker's version."""
    return gzip.decompress(layer) if layer.startswith(GZIP) else layer


def _is_archive(content: bytes) -> bool:
    return len(content) > 512 and content[257:262] == b"ustar"


def _docker(*words: str) -> bytes:
    return subprocess.run([_program(), *words], capture_output=True, check=True).stdout


def _program() -> str:
    path = shutil.which("docker")
    assert path is not None
    return path

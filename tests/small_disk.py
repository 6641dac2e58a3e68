"""A disk of a few megabytes that can be filled to its last byte, without filling the machine's own.

It is a file system in memory, mounted where only processes see it that `enter`: in a mount namespace, for which nobody
has to be root where the kernel lets users make namespaces.
"""

import ctypes
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import needs

_MOUNT = 'mount -t tmpfs -o "size=$1" none "$2" && echo mounted && exec cat'


class SmallDisk:
    """`folder` is where the disk lies for its own processes, `seen` the same from outside."""

    def __init__(self, keeper: int, folder: Path, *, own_users: bool) -> None:
        self.folder = folder
        self.seen = Path(f"/proc/{keeper}/root") / folder.relative_to("/")
        self._namespaces = [f"/proc/{keeper}/ns/{kind}" for kind in (["user"] if own_users else []) + ["mnt"]]

    def enter(self) -> None:
        """Let this process, which has no other thread, see the disk from now on."""
        here, libc = Path.cwd(), ctypes.CDLL(None, use_errno=True)
        for namespace in [os.open(path, os.O_RDONLY) for path in self._namespaces]:
            if libc.setns(namespace, 0):
                raise OSError(ctypes.get_errno(), "setns")
            os.close(namespace)
        os.chdir(here)

    def fill(self) -> int:
        """Leave no byte free; how many were."""
        with (self.seen / "ballast").open("ab", buffering=0) as ballast:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while ballast.write(b"\0" * size):
                        pass
                except OSError as error:
                    assert error.strerror == "No space left on device", error  # noqa: PT017 (the loop ends by it)
            return ballast.tell()

    def free_again(self) -> None:
        """Take back what `fill` took."""
        (self.seen / "ballast").unlink()

    def copy_to(self, target: Path) -> None:
        """All that is on it, for programs that follow links themselves, as SQLite does."""
        shutil.copytree(self.seen, target)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A disk mounted on this new folder while the block runs. Skips where the machine does not let us mount one."""
    folder.mkdir()
    own_users = os.geteuid() != 0
    namespaces = ["--user", "--map-root-user", "--mount"] if own_users else ["--mount"]
    keeper = subprocess.Popen(
        [_program("unshare"), *namespaces, "sh", "-c", _MOUNT, "sh", f"{megabytes}m", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert keeper.stdout is not None
    assert keeper.stderr is not None
    try:
        if keeper.stdout.readline() != b"mounted\n":
            needs.is_missing(f"no file system can be mounted here: {keeper.stderr.read().decode().strip()}")
        yield SmallDisk(keeper.pid, folder, own_users=own_users)
    finally:
        keeper.send_signal(signal.SIGKILL)
        keeper.communicate()


def _program(name: str) -> str:
    """Of util-linux, which Debian counts as essential; other systems have no namespaces."""
    path = shutil.which(name)
    if path is None:
        needs.is_missing(f"{name} is not installed: it is part of util-linux")
    return path

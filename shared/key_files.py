"""Keys of before, which a bank in development keeps in files beside those of now (`sandbank keys rotate`).

One file a setting, its keys apart by white space. Whoever changes such a file, or the key of now beside it, holds the
lock of them all: no key is taken away that somebody has just put there.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from shared import settings
from shared.services import Service
from shared.storage.private_files import replace_private

_LOCK = ".keys-lock"


def older_keys(name: str) -> tuple[str, ...]:
    """Keys of before, apart by spaces: from the environment, else in development from the data directory."""
    given = os.environ.get(name)
    if given or settings.is_production():
        return tuple((given or "").split())
    return tuple(_read(settings.data_dir() / settings.SECRETS / name.lower()))


def older_seal_keys(service: Service) -> tuple[str, ...]:
    """What a service has sealed its rows with before: renewed at its start, and needed until then."""
    return older_keys(f"{service.env_prefix}_OLDER_SEAL_KEYS")


def forget_older_seal_keys(service: Service, renewed: Iterable[str], *, used: str) -> None:
    """All rows that these keys had sealed are sealed with the one that this process uses; only these are removed.

    Another may have been put beside them since this process began: what is sealed with that needs it.
    """
    folder, gone = settings.data_dir() / settings.SECRETS, {*renewed} - {used}
    file = folder / f"{service.env_prefix}_OLDER_SEAL_KEYS".lower()
    if not file.is_file():
        return
    with locked(folder):
        current = _read(folder / f"{service.env_prefix}_SEAL_KEY".lower())
        left = [key for key in _read(file) if key not in gone and key not in current]
        if left:
            replace_private(file, "\n".join(left) + "\n")
        else:
            file.unlink(missing_ok=True)


def change(current: Path, older: Path, another: str, *, may_add: bool) -> bool:
    """Put another key in the place of the current one, which is kept with the older ones; whether that was done.

    Not where there are older ones already and `may_add` is not so.
    """
    with locked(current.parent):
        now = _read(current)
        known = [key for key in _read(older) if key not in now]
        if known and not may_add:
            return False
        replace_private(older, "\n".join([*known, *now]) + "\n")
        replace_private(current, another)  # after the other: whenever this ends, no key is lost
    return True


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Nobody else changes the keys in this folder meanwhile."""
    descriptor = os.open(folder / _LOCK, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read(file: Path) -> list[str]:
    return file.read_text().split() if file.is_file() else []

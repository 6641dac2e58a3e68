"""Opening the file of a backup, and verifying it without touching any bank."""

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from operations.backup.alone import scratch_folder
from operations.backup.archive import unpack
from operations.backup.checking import Checked, check
from operations.backup.manifest import Manifest
from operations.backup.owner_only import owner_only
from operations.backup.problems import BackupError
from operations.backup.sealed_file import UnsealingReader, is_sealed
from shared.storage.disk_space import LEAST_FREE_BYTES

Say = Callable[[str], None]
AskPassphrase = Callable[[], str]


@dataclass(frozen=True)
class Verified:
    """A backup that was looked at."""

    manifest: Manifest
    checked: Checked
    seconds: float


def verify(file: Path, *, passphrase: AskPassphrase, say: Say) -> Verified:
    """Unpack a backup where temporary files are kept, compare it with its digests, and prove the bank in it.

    What does not hold is told by `checked.findings`. Raises BackupError for what is no whole backup.
    """
    began = time.monotonic()
    with owner_only(), scratch_folder("sandbank-verify-", Path(tempfile.gettempdir())) as folder:
        manifest = opened(file, folder, passphrase=passphrase, say=say)
        checked = check(folder, manifest, say)
    return Verified(manifest, checked, time.monotonic() - began)


def opened(file: Path, folder: Path, *, passphrase: AskPassphrase, say: Say) -> Manifest:
    """Unpack a backup into an empty folder. The passphrase is asked for where the file is encrypted."""

    def on_manifest(manifest: Manifest) -> None:
        say(f"a backup of {manifest.bank} as of {manifest.made_at}, made by sandbank {manifest.version}")
        free, needed = shutil.disk_usage(folder).free, manifest.bank_bytes + manifest.beside_bytes + LEAST_FREE_BYTES
        if free < needed:
            message = (
                f"there is too little room in {folder.parent} to unpack the backup: {free // 1024:,} KiB are free, "
                f"{needed // 1024:,} KiB are needed; TMPDIR names another place to verify in"
            )
            raise BackupError(message)

    try:
        packed = file.open("rb")
    except OSError as error:
        message = f"the file {file} cannot be read: {error.strerror}"
        raise BackupError(message) from None
    with packed:
        plain = cast("BinaryIO", UnsealingReader(packed, passphrase())) if is_sealed(packed) else packed
        return unpack(plain, folder, on_manifest=on_manifest)

"""What of a data directory belongs in a backup: whatever could not be made again. The rest is of one run, or logs."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from operations.backup.problems import BackupError
from orchestrator import given
from shared.services import BACKENDS, TRANSACTION, Service
from shared.settings import RESTORE_DECIDED

MANIFEST, DIGESTS = "manifest.json", "SHA256SUMS"
CREDENTIALS, ANCHOR, SECRETS, RECEIPTS = "credentials.json", "audit_head.json", "secrets", "mail_receipts"
_BLOCK_BYTES = 4096
_KNOWN = re.compile(
    rf"({'|'.join(service.package for service in BACKENDS)})\.db"
    rf"|{re.escape(CREDENTIALS)}|{re.escape(ANCHOR)}|{SECRETS}/[a-z_]{{1,80}}|{RECEIPTS}/[0-9a-f-]{{36}}"
)
_IN_THE_DATA_DIRECTORY = (CREDENTIALS, ANCHOR, "audit_head.lock", SECRETS, RECEIPTS, "bells", "run.json", given.NAME)


def is_known(name: str) -> bool:
    """Whether a part of a backup may be called so; nothing else is ever unpacked."""
    return _KNOWN.fullmatch(name) is not None


def database_name(service: Service) -> str:
    """What a service's database is called in a backup, and in the data directory."""
    return f"{service.package}.db"


def databases_of(data: Path) -> dict[Service, Path]:
    """The SQLite file of each service, the ledger last.

    Raises BackupError where one is on a server, where there is no bank, or only a part of one.
    """
    if (data / RESTORE_DECIDED).exists():
        message = f"a restore into {data} was broken off, so half a bank lies there: sandbank backup restore --finish"
        raise BackupError(message)
    files = {service: _file_of(service, data) for service in BACKENDS}
    missing = [path for path in files.values() if not path.is_file()]
    if len(missing) == len(files):
        message = f"the folder {data} holds no bank; BANK_DATA_DIR or --data name another"
        raise BackupError(message)
    if missing:
        message = (
            f"the bank in {data} is not whole: there is no {missing[0]}. Where a setting such as "
            "REPORTING_DATABASE_URL puts it elsewhere, set it here too; else start the bank once"
        )
        raise BackupError(message)
    return dict(sorted(files.items(), key=lambda one: one[0] == TRANSACTION))


def _file_of(service: Service, data: Path) -> Path:
    """As the environment says, and if it does not, that of the bank's last start."""
    name = f"{service.env_prefix}_DATABASE_URL"
    stated = os.environ.get(name)
    if not stated:
        place = given.read(data).places.get(name) if stated is None else None
        if place == given.ON_A_SERVER:
            raise BackupError(_on_a_server(name))
        return data / database_name(service) if place is None else Path(place)
    try:
        url = make_url(stated)
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() != "sqlite" or not url.database:
        raise BackupError(_on_a_server(name))
    return Path(url.database).absolute()


def _on_a_server(name: str) -> str:
    return (
        f"{name} is a database on a server, which its own program copies: pg_dump, or mariadb-dump "
        "--single-transaction. Stop the bank meanwhile, for all services' to be of one moment"
    )


def refuse_files_elsewhere(data: Path) -> None:
    """A restored bank lies in its data directory, whole. Raises BackupError where settings say otherwise.

    Those of the bank's last start count too, unless the environment has the setting, if only empty.
    """
    for service in BACKENDS:
        name = f"{service.env_prefix}_DATABASE_URL"
        here = str(data / database_name(service))
        if name not in os.environ and given.read(data).places.get(name, here) != here:
            message = (
                f"{name} named a database elsewhere when the bank was last started; take it out of the bank's "
                f"settings, restore with {name}= before the command, and move the file"
            )
            raise BackupError(message)
        if os.environ.get(name) and _file_of(service, data) != data / database_name(service):
            message = f"{name} names a file elsewhere; unset it, restore, and move the file"
            raise BackupError(message)


@dataclass(frozen=True)
class Beside:
    """The small files beside the databases, by their names in a backup."""

    files: dict[str, bytes]

    @property
    def room_bytes(self) -> int:
        """What they take of a disk, unpacked."""
        return sum(room_of(len(content)) for content in self.files.values())


def room_of(size_bytes: int) -> int:
    """What a small file takes of a disk, which gives room in blocks."""
    return max(size_bytes, _BLOCK_BYTES)


def beside_of(data: Path, databases: Iterable[Path]) -> Beside:
    """What lies beside the databases now. Raises BackupError while the bank is being emptied: half a bank is none."""
    fences = [path.with_suffix(".fence") for path in databases]
    if any(path.is_file() and path.read_text() == "closed" for path in fences):
        message = "the bank is being reset; make the backup when that is over"
        raise BackupError(message)
    files = {name: path.read_bytes() for name in (CREDENTIALS,) if (path := data / name).is_file()}
    anchor = anchor_of(data)
    if anchor.is_file():
        files[ANCHOR] = anchor.read_bytes()
    for folder in (SECRETS, RECEIPTS):
        found = sorted((data / folder).iterdir()) if (data / folder).is_dir() else []
        files |= {name: path.read_bytes() for path in found if is_known(name := f"{folder}/{path.name}")}
    return Beside(files)


def anchor_of(data: Path) -> Path:
    """Where the bank keeps the anchor of its audit trail."""
    return anchor_elsewhere(data) or data / ANCHOR


def anchor_elsewhere(data: Path) -> Path | None:
    """Where that is, if not in the data directory: as the environment says, else that of the bank's last start."""
    stated = os.environ.get(given.ANCHOR_SETTING, given.read(data).places.get(given.ANCHOR_SETTING))
    return Path(stated) if stated else None


def entries_of_a_bank(data: Path) -> list[Path]:
    """The files and folders of the bank that a data directory holds, by their names; its logs stay where they are."""
    named = [data / name for name in _IN_THE_DATA_DIRECTORY]
    of_services = [path for service in BACKENDS for path in sorted(data.glob(f"{service.package}.*"))]
    return [path for path in (*of_services, *named) if path.exists()]


def holds_a_bank(data: Path) -> bool:
    """Whether there is something that a restored bank would take the place of."""
    databases = [data / database_name(service) for service in BACKENDS]
    return any(path.exists() for path in (*databases, data / SECRETS, data / CREDENTIALS, data / ANCHOR))

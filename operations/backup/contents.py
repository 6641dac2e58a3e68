"""What of a data directory belongs in a backup: whatever could not be made again. The rest is of one run, or logs."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from operations.backup.problems import BackupError
from shared.services import ACCOUNT, AUTH, BACKENDS, TRANSACTION, Service

MANIFEST, DIGESTS = "manifest.json", "SHA256SUMS"
CREDENTIALS, ANCHOR, SECRETS, RECEIPTS = "credentials.json", "audit_head.json", "secrets", "mail_receipts"
_ANCHOR_SETTING = "REPORTING_AUDIT_HEAD_FILE"
_NO_BANK_WITHOUT = (AUTH, ACCOUNT, TRANSACTION)
_KNOWN = re.compile(
    rf"({'|'.join(service.package for service in BACKENDS)})\.db"
    rf"|{re.escape(CREDENTIALS)}|{re.escape(ANCHOR)}|{SECRETS}/[a-z_]{{1,80}}|{RECEIPTS}/[0-9a-f-]{{36}}"
)
_IN_THE_DATA_DIRECTORY = (CREDENTIALS, ANCHOR, "audit_head.lock", SECRETS, RECEIPTS, "bells", "run.json")


def is_known(name: str) -> bool:
    """Whether a part of a backup may be called so; nothing else is ever unpacked."""
    return _KNOWN.fullmatch(name) is not None


def database_name(service: Service) -> str:
    """What a service's database is called in a backup, and in the data directory."""
    return f"{service.package}.db"


def databases_of(data: Path) -> dict[Service, Path]:
    """The SQLite file of each service that the bank has, the ledger last.

    Raises BackupError where one is on a server, or where there is no bank.
    """
    found = {service: path for service in BACKENDS if (path := _file_of(service, data)).is_file()}
    missing = [database_name(service) for service in _NO_BANK_WITHOUT if service not in found]
    if missing:
        message = f"the folder {data} holds no bank: there is no {missing[0]}; BANK_DATA_DIR or --data name another"
        raise BackupError(message)
    return dict(sorted(found.items(), key=lambda one: one[0] == TRANSACTION))


def _file_of(service: Service, data: Path) -> Path:
    name = f"{service.env_prefix}_DATABASE_URL"
    given = os.environ.get(name)
    if not given:
        return data / database_name(service)
    try:
        url = make_url(given)
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() != "sqlite" or not url.database:
        message = (
            f"{name} is a database on a server, which its own program copies: pg_dump, or mariadb-dump "
            "--single-transaction. Stop the bank meanwhile, for all services' to be of one moment"
        )
        raise BackupError(message)
    return Path(url.database).absolute()


def refuse_files_elsewhere(data: Path) -> None:
    """A restored bank lies in its data directory, whole. Raises BackupError where settings say otherwise."""
    for service in BACKENDS:
        if _file_of(service, data) != data / database_name(service):
            message = f"{service.env_prefix}_DATABASE_URL names a file elsewhere; unset it, restore, and move the file"
            raise BackupError(message)


@dataclass(frozen=True)
class Beside:
    """The small files beside the databases, by their names in a backup."""

    files: dict[str, bytes]


def beside_of(data: Path) -> Beside:
    """What lies beside the databases now. Raises BackupError while the bank is being emptied: half a bank is none."""
    shut = [path for path in data.glob("*_service.fence") if path.read_text() == "closed"]
    if shut:
        message = "the bank is being reset; make the backup when that is over"
        raise BackupError(message)
    files = {name: path.read_bytes() for name in (CREDENTIALS,) if (path := data / name).is_file()}
    anchor = Path(os.environ.get(_ANCHOR_SETTING) or data / ANCHOR)
    if anchor.is_file():
        files[ANCHOR] = anchor.read_bytes()
    for folder in (SECRETS, RECEIPTS):
        found = sorted((data / folder).iterdir()) if (data / folder).is_dir() else []
        files |= {name: path.read_bytes() for path in found if is_known(name := f"{folder}/{path.name}")}
    return Beside(files)


def anchor_elsewhere() -> Path | None:
    """Where the bank keeps the anchor of its audit trail, if not in the data directory."""
    given = os.environ.get(_ANCHOR_SETTING)
    return Path(given) if given else None


def entries_of_a_bank(data: Path) -> list[Path]:
    """The files and folders of the bank that a data directory holds, by their names; its logs stay where they are."""
    named = [data / name for name in _IN_THE_DATA_DIRECTORY]
    of_services = [path for service in BACKENDS for path in sorted(data.glob(f"{service.package}.*"))]
    return [path for path in (*of_services, *named) if path.exists()]


def holds_a_bank(data: Path) -> bool:
    """Whether there is something that a restored bank would take the place of."""
    databases = [data / database_name(service) for service in BACKENDS]
    return any(path.exists() for path in (*databases, data / SECRETS, data / CREDENTIALS, data / ANCHOR))

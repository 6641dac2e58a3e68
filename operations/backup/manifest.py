"""What a backup says of itself, in its first part."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from operations.backup.problems import BackupError
from operations.backup.snapshot import Snapshot
from shared.services import service_named
from shared.storage.migrations import knows_revision

FORMAT = 1
_NO_MANIFEST = "this is no backup of a bank, or its beginning is damaged"
_Bytes = Annotated[int, Field(ge=0, lt=2**50)]


class _Facts(BaseModel):
    model_config = ConfigDict(strict=True)
    revision: Annotated[str, Field(pattern=r"^[0-9A-Za-z_]{1,40}$")]
    bytes: _Bytes


class _Written(BaseModel):
    """What the file of somebody else's may say: nothing that would not be printed in one line."""

    model_config = ConfigDict(strict=True)
    format: Annotated[int, Field(ge=1, lt=10_000)]
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z.+-]{1,40}$")]
    made_at: Annotated[str, Field(pattern=r"^[0-9T:.+Z-]{4,40}$")]
    bank: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f-\x9f]{0,200}$")]
    databases: dict[Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")], _Facts]
    beside_bytes: _Bytes


@dataclass(frozen=True)
class Manifest:
    """`made_at` in UTC; `databases` has the revision of the tables and the bytes of each, by the service's package.

    `beside_bytes` is what the files beside them take of a disk.
    """

    format: int
    version: str
    made_at: str
    bank: str
    databases: Mapping[str, Mapping[str, str | int]]
    beside_bytes: int = 64 * 1024 * 1024

    @classmethod
    def of(cls, snapshots: Iterable[Snapshot], *, beside_bytes: int, made_at: str, bank: str) -> "Manifest":
        """That of a backup made now."""
        databases: dict[str, dict[str, str | int]] = {
            one.service.package: {"revision": one.revision, "bytes": one.size_bytes} for one in snapshots
        }
        return cls(FORMAT, version("sandbank"), made_at, bank, databases, beside_bytes)

    @classmethod
    def parse(cls, content: bytes) -> "Manifest":
        """What was written. Raises BackupError for what is none, and for a backup that only a newer program knows."""
        try:
            said: dict[str, Any] = _Written.model_validate_json(content).model_dump()
            manifest = cls(**said)
            is_newer = manifest.format != FORMAT
            for package, facts in manifest.databases.items():
                service_named(package)
                is_newer = is_newer or not knows_revision(package, str(facts["revision"]))
        except (ValidationError, KeyError):
            raise BackupError(_NO_MANIFEST) from None
        if is_newer:
            message = (
                f"the backup was made by sandbank {manifest.version}, whose tables this program does not know "
                f"({version('sandbank')}); use that version or a newer one"
            )
            raise BackupError(message)
        return manifest

    @property
    def bank_bytes(self) -> int:
        """Of all databases, unpacked."""
        return sum(int(facts["bytes"]) for facts in self.databases.values())

    def bytes_of(self, database: str) -> int | None:
        """How large a database is, by the name of its file; None for what is none."""
        facts = self.databases.get(database.removesuffix(".db"))
        return int(facts["bytes"]) if facts is not None and database.endswith(".db") else None

    def render(self) -> bytes:
        """As it is written."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False).encode() + b"\n"

"""What a backup says of itself, in its first part."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version

from operations.backup.problems import BackupError
from operations.backup.snapshot import Snapshot
from shared.services import service_named
from shared.storage.migrations import knows_revision

FORMAT = 1
_NO_MANIFEST = "this is no backup of a bank, or its beginning is damaged"


@dataclass(frozen=True)
class Manifest:
    """`made_at` in UTC; `databases` has the revision of the tables and the bytes of each, by the service's package."""

    format: int
    version: str
    made_at: str
    bank: str
    databases: Mapping[str, Mapping[str, str | int]]

    @classmethod
    def of(cls, snapshots: Iterable[Snapshot], *, made_at: str, bank: str) -> "Manifest":
        """That of a backup made now."""
        databases: dict[str, dict[str, str | int]] = {
            one.service.package: {"revision": one.revision, "bytes": one.size_bytes} for one in snapshots
        }
        return cls(FORMAT, version("sandbank"), made_at, bank, databases)

    @classmethod
    def parse(cls, content: bytes) -> "Manifest":
        """What was written. Raises BackupError for what is none, and for a backup that only a newer program knows."""
        try:
            said = json.loads(content)
            manifest = cls(**said)
            is_newer = manifest.format != FORMAT
            for package, facts in manifest.databases.items():
                service_named(package)
                is_newer = is_newer or not knows_revision(package, str(facts["revision"]))
                int(facts["bytes"])
        except (ValueError, TypeError, KeyError, AttributeError):
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

    def render(self) -> bytes:
        """As it is written."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False).encode() + b"\n"

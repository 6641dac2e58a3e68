"""How far the trail has come, kept in a file outside the database: a trail whose end was cut off is shorter than that.

The file is sealed with the key of the trail, so whoever can write it alone cannot take the anchor back either. It only
ever goes forward, also when several processes move it.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reporting_service.audit.chain import GENESIS, Keys, seal_of_head
from shared.http.json_parsing import render
from shared.storage.private_files import replace_private


@dataclass(frozen=True, slots=True)
class Head:
    """A place in the trail, and the seal of the record there."""

    position: int
    seal: str


BEGINNING = Head(0, GENESIS)


class ForgedAnchorError(Exception):
    """The file does not say what this bank wrote into it."""


class Anchor:
    """The file. `keys` are those of the trail."""

    def __init__(self, file: Path, keys: Keys) -> None:
        self.file = file
        self._keys = keys

    def read(self) -> Head | None:
        """How far the trail had come; None where the file is not there. Raises ForgedAnchorError."""
        try:
            said = json.loads(self.file.read_text())
            head = Head(int(said["position"]), str(said["seal"]))
            key, proof = self._keys.known(str(said["key"])), str(said["proof"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise ForgedAnchorError(str(self.file)) from error
        if key is None or proof != seal_of_head(key, head.position, head.seal):
            raise ForgedAnchorError(str(self.file))
        return head

    def advance(self, head: Head, *, is_accepted: bool = False) -> None:
        """Keep that the trail has come so far, if it is farther than before.

        `is_accepted`: somebody has looked at what there is, and says that it counts, even if it is less.
        """
        with self._locked():
            known = None if is_accepted else self.read()
            if known is None or known.position < head.position:
                said = {"position": head.position, "seal": head.seal, "key": self._keys.current_id}
                proof = seal_of_head(self._keys.current, head.position, head.seal)
                replace_private(self.file, render({**said, "proof": proof}))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self.file.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

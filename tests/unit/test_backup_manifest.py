"""What somebody else's file may say of itself, before anything of it is unpacked or printed."""

import json
from dataclasses import asdict

import pytest

from operations.backup.manifest import Manifest
from operations.backup.problems import BackupError

WRITTEN = Manifest(1, "0.1.0", "2026-11-27T00:00:00Z", "Näs", {"auth_service": {"revision": "0001", "bytes": 1}})
HOSTILE = {
    "a version with an escape": {"version": "7.0\x1b[2J"},
    "an endless database": {"databases": {"auth_service": {"revision": "0001", "bytes": float("inf")}}},
    "a database of less than nothing": {"databases": {"auth_service": {"revision": "0001", "bytes": -1}}},
    "a bank that is no text": {"bank": {"a": 1}},
    "a bank of two lines": {"bank": "Bank\n\x1b[31mnot a bank"},
    "a time that is none": {"made_at": "never"},
    "a place in place of a service": {"databases": {"../x": {"revision": "0001", "bytes": 1}}},
}


def test_what_was_written_is_read() -> None:
    assert Manifest.parse(WRITTEN.render()) == WRITTEN


@pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE)
def test_what_no_bank_says_of_itself_is_refused_in_a_sentence(said: dict[str, object]) -> None:
    with pytest.raises(BackupError, match="this is no backup of a bank"):
        Manifest.parse(json.dumps({**asdict(WRITTEN), **said}).encode())


def test_a_bottomless_manifest_is_refused_in_a_sentence() -> None:
    with pytest.raises(BackupError, match="this is no backup of a bank"):
        Manifest.parse(b"[" * 100_000)

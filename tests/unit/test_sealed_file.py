"""An encrypted file: what goes in comes out, and whatever is done to it is noticed."""

import io
import random

import pytest

from operations.backup import sealed_file
from operations.backup.problems import BackupError
from operations.backup.sealed_file import SealingWriter, UnsealingReader, is_sealed

PIECE = 1000
PASSPHRASE = "a quiet brass kettle"
HEAD = len(sealed_file.MAGIC) + sealed_file._FACTS.size + sealed_file._CHECK_BYTES
ON_DISK = PIECE + 16


@pytest.fixture(autouse=True)
def _small_and_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_file, "_PIECE_BYTES", PIECE)
    monkeypatch.setattr(sealed_file, "_COST", (4, 8, 1))


def sealed(plain: bytes, passphrase: str = PASSPHRASE) -> bytes:
    file = io.BytesIO()
    writer, rng = SealingWriter(file, passphrase), random.Random(len(plain))
    while plain:
        size = rng.randint(1, 3 * PIECE)
        writer.write(plain[:size])
        plain = plain[size:]
    writer.finish()
    return file.getvalue()


def read(content: bytes, passphrase: str = PASSPHRASE) -> bytes:
    return UnsealingReader(io.BytesIO(content), passphrase).readall()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE, 5 * PIECE + 7])
def test_what_was_written_is_read(size: int) -> None:
    plain = random.Random(size).randbytes(size)
    content = sealed(plain)
    assert read(content) == plain
    assert is_sealed(io.BytesIO(content))
    assert len(content) == HEAD + size + 16 * max(1, -(-size // PIECE))


def test_the_same_is_never_written_twice_alike_and_nothing_of_it_shows() -> None:
    plain = b"the same " * 500
    first, second = sealed(plain), sealed(plain)
    assert first[len(sealed_file.MAGIC) :] != second[len(sealed_file.MAGIC) :]
    assert b"the same" not in first


def test_another_passphrase_is_told_as_such() -> None:
    with pytest.raises(BackupError, match="the passphrase is not the one"):
        read(sealed(b"x"), "another")


def test_a_file_cut_off_anywhere_is_noticed() -> None:
    content = sealed(bytes(3 * PIECE))
    for length in [0, 1, HEAD - 1, HEAD, HEAD + 1, *range(HEAD, len(content), 97), HEAD + ON_DISK, HEAD + 2 * ON_DISK]:
        with pytest.raises(BackupError):
            read(content[:length])
    for more in (b"\0", content[HEAD:], content[-ON_DISK:]):
        with pytest.raises(BackupError):
            read(content + more)


def test_pieces_moved_repeated_left_out_or_of_another_file_are_noticed() -> None:
    content, other = sealed(bytes(4 * PIECE)), sealed(bytes(4 * PIECE))
    head, pieces = content[:HEAD], [content[HEAD + n * ON_DISK :][:ON_DISK] for n in range(4)]
    foreign = [other[HEAD + n * ON_DISK :][:ON_DISK] for n in range(4)]
    for arranged in (
        [pieces[1], pieces[0], *pieces[2:]],
        [pieces[0], *pieces[2:]],
        [pieces[0], pieces[0], *pieces[1:]],
        [*pieces, pieces[3]],
        [foreign[0], *pieces[1:]],
        [*pieces[:3], foreign[3]],
    ):
        with pytest.raises(BackupError):
            read(head + b"".join(arranged))


def test_a_flipped_bit_anywhere_is_noticed() -> None:
    plain = random.Random(1).randbytes(2 * PIECE + 5)
    content = sealed(plain)
    for place in [*range(len(sealed_file.MAGIC), HEAD), *range(HEAD, len(content), 53), len(content) - 1]:
        altered = bytearray(content)
        altered[place] ^= 1
        with pytest.raises(BackupError):
            read(bytes(altered))


def test_a_file_of_somebody_elses_may_not_ask_for_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_file, "_derived", sealed_file._derived)
    content = bytearray(sealed(b"x"))
    content[len(sealed_file.MAGIC) + 16] = 40
    with pytest.raises(BackupError):
        read(bytes(content))

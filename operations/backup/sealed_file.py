"""A file that only who knows its passphrase can read, written and read as a stream.

The key comes from the passphrase by scrypt. What is written is cut into pieces of one mebibyte, each encrypted with
AES-256-GCM. The nonce of a piece holds its place and whether it is the last, and each is bound to the head of the file:
no piece can be altered, moved, repeated or left out, nor the end cut off, without being noticed.
"""

import hmac
import io
import secrets
import struct
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from operations.backup.problems import BackupError

MAGIC = b"sandbank-sealed-1\n"
_FACTS = struct.Struct(">16sBBB7s")
_CHECK_BYTES = 16
_PIECE_BYTES = 1024 * 1024
_TAG_BYTES = 16
_KEY_BYTES = 32
_COST = (17, 8, 1)
"""The logarithm of N, r and p: 128 MiB and half a second for one guess."""
_HIGHEST_COST = (20, 8, 4)
"""What is read may not ask for more: it could be anybody's file."""


def is_sealed(file: BinaryIO) -> bool:
    """Whether the file needs a passphrase. It is read from the beginning again afterwards."""
    found = file.read(len(MAGIC)) == MAGIC
    file.seek(0)
    return found


class SealingWriter(io.RawIOBase):
    """Encrypts what is written into `file`; only when it is closed is the file whole. It does not close `file`."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._file = file
        facts = _FACTS.pack(secrets.token_bytes(16), *_COST, secrets.token_bytes(7))
        key, check = _derived(passphrase, facts)
        self._head = MAGIC + facts + check
        self._cipher, self._prefix, self._number = AESGCM(key), facts[-7:], 0
        self._pending = bytearray()
        file.write(self._head)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]  # any buffer would do
        self._pending += data
        while len(self._pending) > _PIECE_BYTES:
            self._seal(bytes(self._pending[:_PIECE_BYTES]), is_last=False)
            del self._pending[:_PIECE_BYTES]
        return len(data)

    def finish(self) -> None:
        """Write the last piece."""
        self._seal(bytes(self._pending), is_last=True)
        self._pending.clear()

    def _seal(self, piece: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, is_last=is_last)
        self._file.write(self._cipher.encrypt(nonce, piece, self._head))
        self._number += 1


class UnsealingReader(io.RawIOBase):
    """Decrypts `file` as it is read. Raises BackupError for a wrong passphrase, or a file that was altered."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._file = file
        self._head = file.read(len(MAGIC) + _FACTS.size + _CHECK_BYTES)
        facts = self._head[len(MAGIC) : len(MAGIC) + _FACTS.size]
        if len(self._head) < len(MAGIC) + _FACTS.size + _CHECK_BYTES:
            raise BackupError(_NOT_WHOLE)
        key, check = _derived(passphrase, facts)
        if not hmac.compare_digest(check, self._head[-_CHECK_BYTES:]):
            message = "the passphrase is not the one that the backup was made with"
            raise BackupError(message)
        self._cipher, self._prefix, self._number = AESGCM(key), facts[-7:], 0
        self._next = self._read_piece()
        self._plain = memoryview(b"")
        self._is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # any writable buffer would do
        while not self._plain and not self._is_over:
            self._open_next()
        count = min(len(buffer), len(self._plain))
        buffer[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        return count

    def _open_next(self) -> None:
        piece, self._next = self._next, self._read_piece()
        self._is_over = not self._next
        try:
            nonce = _nonce(self._prefix, self._number, is_last=self._is_over)
            self._plain = memoryview(self._cipher.decrypt(nonce, piece, self._head))
        except InvalidTag:
            raise BackupError(_NOT_WHOLE) from None
        self._number += 1

    def _read_piece(self) -> bytes:
        return self._file.read(_PIECE_BYTES + _TAG_BYTES)


_NOT_WHOLE = "the backup is not as it was written: something in it was altered, or its end is missing"


def _derived(passphrase: str, facts: bytes) -> tuple[bytes, bytes]:
    """The key, and what says that a passphrase is the right one."""
    salt, log_n, r, p, _ = _FACTS.unpack(facts)
    if not all(0 < given <= most for given, most in zip((log_n, r, p), _HIGHEST_COST, strict=True)):
        raise BackupError(_NOT_WHOLE)
    made = Scrypt(salt, _KEY_BYTES + _CHECK_BYTES, n=2**log_n, r=r, p=p).derive(passphrase.encode())
    return made[:_KEY_BYTES], made[_KEY_BYTES:]


def _nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([is_last])

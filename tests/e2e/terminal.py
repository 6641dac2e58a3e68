"""The `sandbank` command at a terminal of its own: what a person would see, and what they type."""

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bank_processes import ROOT

PATIENCE_SECONDS = 60.0


class Terminal:
    """A running command, and all that it has shown."""

    def __init__(self, folder: Path, url: str, words: tuple[str, ...]) -> None:
        self.shown, self._expected = "", 0
        self._here, there = pty.openpty()
        environment = {**os.environ, "SANDBANK_URL": url, "SANDBANK_CONFIG_DIR": str(folder), "COLUMNS": "120"}
        environment.pop("SANDBANK_PASSWORD", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", *words],
            cwd=ROOT,
            env=environment,
            stdin=there,
            stdout=there,
            stderr=there,
            preexec_fn=_own_terminal,  # noqa: PLW1509 (Ctrl-C reaches the command through its terminal)
        )
        os.close(there)

    def expect(self, text: str) -> None:
        """Wait until this has been shown, after what was expected before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self.shown[self._expected :]:
            assert time.monotonic() < deadline, self.shown
            if not self._read():
                assert text in self.shown[self._expected :], self.shown
        self._expected = self.shown.index(text, self._expected) + len(text)

    def type(self, text: str) -> None:
        """Type a line, or with `\\x03` alone Ctrl-C."""
        os.write(self._here, text.encode() + (b"" if text == "\x03" else b"\n"))

    def end(self) -> int:
        """Wait for the command to end; its exit code."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._read():
            assert time.monotonic() < deadline, self.shown
        return self._process.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        os.close(self._here)

    def _read(self) -> bool:
        """Take in what is shown next; False when the command has closed its terminal."""
        if select.select([self._here], [], [], 0.2)[0]:
            try:
                self.shown += os.read(self._here, 65536).decode()
            except OSError:
                return False
        return True


def _own_terminal() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background job, such as these tests may be, ignores Ctrl-C
    os.setsid()
    os.close(os.open(os.ttyname(0), os.O_RDWR))  # opened first by the leader of a session, it becomes its terminal


@contextmanager
def terminal(folder: Path, url: str, *words: str) -> Iterator[Terminal]:
    """The command with these words; it is ended when the block ends."""
    running = Terminal(folder, url, words)
    try:
        yield running
    finally:
        running.close()

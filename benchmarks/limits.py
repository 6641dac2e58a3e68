"""The limits that the figures stand beside: the same stack with nothing to do, and raw SQLite writing the same rows."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.bank import PROJECT, call, free_port
from benchmarks.load import Load, request_bytes, run
from benchmarks.money import CLIENTS
from shared.identifiers import new_id
from shared.storage.compact_columns import pack_id
from shared.storage.sqlite import sqlite_driver
from shared.time.clock import now_us

_START_SECONDS = 30
REPLY_BYTES = 616


@contextmanager
def empty_stack() -> Iterator[tuple[str, int]]:
    """The gateway in front of a service that answers at once, both under the bank's own server; its address."""
    with tempfile.TemporaryDirectory(prefix="sandbank-noop-") as folder:
        upstream_port, gateway_port = free_port(), free_port()
        environment = {
            **os.environ,
            "BANK_DATA_DIR": folder,
            "GATEWAY_PORT": str(gateway_port),
            "TRANSACTION_PORT": str(upstream_port),
            "BANK_LOG_DIR": folder,
        }
        entries = (["-m", "benchmarks.empty_service"], ["-m", "shared.server", "gateway"])
        processes = [
            subprocess.Popen(
                [sys.executable, *entry],
                cwd=PROJECT,
                env=environment,
                stdout=subprocess.DEVNULL,
            )
            for entry in entries
        ]
        try:
            _wait(f"http://127.0.0.1:{gateway_port}", processes)
            yield "127.0.0.1", gateway_port
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                process.wait(timeout=_START_SECONDS)


def proxied_nothing(address: tuple[str, int], count: int) -> Load:
    """Posts of a transfer's size through the gateway to the service that does nothing."""
    body = b'{"padding":"' + b"x" * 180 + b'"}'
    request = request_bytes("POST", "/api/transactions/transfer", "x" * 480, body, Idempotency_Key="k" * 12)
    return run(address, [[request] * (count // CLIENTS)] * CLIENTS)


def raw_sqlite_rows(transfers: int, per_commit: int) -> float:
    """Transfers a second when SQLite writes a transfer's rows and nothing else is done, in commits of this size."""
    with tempfile.TemporaryDirectory(prefix="sandbank-sqlite-") as folder:
        connection = sqlite_driver.connect(Path(folder) / "raw.db", isolation_level=None)
        for statement in _RAW_SCHEMA:
            connection.execute(statement)
        connection.executemany("INSERT INTO accounts VALUES (?, 0)", [(key,) for key in range(CLIENTS)])
        rows = [(n + 1, n % CLIENTS, (n + 1) % CLIENTS) for n in range(transfers)]
        began = time.perf_counter()
        for start in range(0, transfers, per_commit):
            connection.execute("BEGIN IMMEDIATE")
            _write(connection, rows[start : start + per_commit])
            connection.execute("COMMIT")
        seconds = time.perf_counter() - began
        connection.close()
        return transfers / seconds


_RAW_SCHEMA = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "CREATE TABLE accounts (key INTEGER PRIMARY KEY, balance INTEGER NOT NULL) STRICT",
    """CREATE TABLE keys (number INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, request BLOB NOT NULL,
    position INTEGER NOT NULL, at INTEGER NOT NULL) STRICT""",
    """CREATE TABLE entries (position INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, payer INTEGER, payee INTEGER,
    amount INTEGER, at INTEGER, request BLOB, hash BLOB) STRICT""",
    "CREATE INDEX entries_by_time ON entries (at, position)",
    """CREATE TABLE postings (position INTEGER, leg INTEGER, account INTEGER, currency TEXT, amount INTEGER,
    balance INTEGER, at INTEGER, PRIMARY KEY (position, leg)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX postings_of_account ON postings (account, at, position)",
)


def _write(connection: "sqlite_driver.Connection", rows: list[tuple[int, int, int]]) -> None:
    """Transfers: position, payer, payee."""
    now, some = now_us(), os.urandom(16)
    keys = [(os.urandom(16), some, row[0], now) for row in rows]
    connection.executemany("INSERT INTO keys (name, request, position, at) VALUES (?, ?, ?, ?)", keys)
    entries = [(row[0], pack_id(new_id()), *row[1:], 1, now, some, some + some) for row in rows]
    connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", entries)
    legs = [(row[0], leg, row[1 + leg], "EUR", 2 * leg - 1, 0, now) for row in rows for leg in (0, 1)]
    connection.executemany("INSERT INTO postings VALUES (?, ?, ?, ?, ?, ?, ?)", legs)
    moved = [(leg[4], leg[2]) for leg in legs]
    connection.executemany("UPDATE accounts SET balance = balance + ? WHERE key = ?", moved)


def _wait(url: str, processes: list[subprocess.Popen[bytes]]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and all(process.poll() is None for process in processes):
        try:
            call(url, "POST", "/api/transactions/transfer", {})
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the empty stack did not start")

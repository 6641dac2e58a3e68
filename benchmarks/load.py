"""Clients that ask as fast as they are answered, on kept-alive connections, with as little work of their own as can be.

The requests are made before the clock starts. A client waits for each answer before it sends the next request. It runs
on the machine that it measures, so what the clients take of it is measured too: some 50 µs of processor time a request.
"""

import socket
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

_RECEIVE_BYTES = 65_536


@dataclass(frozen=True)
class Load:
    """What came of a load: answers by status, and the seconds each took, sorted.

    `own_seconds`: processor time that the clients took themselves, as they run on the same machine.
    """

    seconds: float
    own_seconds: float
    statuses: dict[int, int]
    latencies: list[float]

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile_ms(self, share: float) -> float:
        """The latency that this share of the answers stayed within, in milliseconds."""
        return self.latencies[min(int(len(self.latencies) * share), len(self.latencies) - 1)] * 1000

    @property
    def own_us(self) -> float:
        """Microseconds of processor time that the clients took for a request and its answer."""
        return self.own_seconds * 1_000_000 / len(self.latencies)

    @property
    def median_ms(self) -> float:
        """The middle latency in milliseconds."""
        return median(self.latencies) * 1000


def request_bytes(method: str, path: str, token: str | None = None, body: bytes = b"", **headers: str) -> bytes:
    """An HTTP/1.1 request, ready to send; header names are given with underscores."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def run(address: tuple[str, int], requests: Sequence[Iterable[bytes]]) -> Load:
    """One client for each of these, all at once, until it has no more requests; every answer's status and latency."""
    answers: list[list[tuple[int, float]]] = [[] for _ in requests]
    errors: list[BaseException] = []
    barrier = threading.Barrier(len(requests) + 1)

    def client(number: int) -> None:
        try:
            with socket.create_connection(address, timeout=60) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                barrier.wait()
                for request in requests[number]:
                    began = time.perf_counter()
                    connection.sendall(request)
                    status = _read_answer(connection)
                    answers[number].append((status, time.perf_counter() - began))
        except BaseException as error:  # noqa: BLE001 (a client's failure must fail the measurement)
            errors.append(error)
            barrier.abort()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    barrier.wait()
    began, used = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.join()
    seconds, own_seconds = time.perf_counter() - began, time.process_time() - used
    if errors:
        raise errors[0]
    flat = [answer for client_answers in answers for answer in client_answers]
    statuses: dict[int, int] = {}
    for status, _ in flat:
        statuses[status] = statuses.get(status, 0) + 1
    return Load(seconds, own_seconds, statuses, sorted(latency for _, latency in flat))


def checked(load: Load, status: int, what: str) -> Load:
    """The load, if every answer had this status. Raises RuntimeError: what was refused would be measured as fast."""
    if set(load.statuses) != {status}:
        raise RuntimeError(f"{what}: expected only {status}, got {load.statuses} (status: answers)")
    return load


def _read_answer(connection: socket.socket) -> int:
    received = connection.recv(_RECEIVE_BYTES)
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    status = int(head[9:12])
    lowered = head.lower()
    at = lowered.find(b"\r\ncontent-length:")
    if at >= 0:
        length = int(lowered[at + 17 :].split(b"\r\n", 1)[0])
        left = length - len(body)
        while left > 0:
            left -= len(_more(connection))
        return status
    while not body.endswith(b"0\r\n\r\n"):
        body += _more(connection)
    return status


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(_RECEIVE_BYTES)
    if not received:
        raise ConnectionError("the server closed the connection in the middle of an answer")
    return received

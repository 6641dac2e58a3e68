"""gunicorn's worker of this bank: threads for the application, and one poller that waits for everybody who is slow.

gunicorn's own threads read a request as it arrives: 33 clients that send half a head hold 33 threads, and the bank
answers nobody. Here a thread gets a request when all of it has come, and leaves a reply behind that its reader does not
take. So a slow client costs a socket and a little memory, and every wait for it has an end (docs/adr/0009).
"""

import contextlib
import os
import queue
import selectors
import signal
import socket
import threading
import time
from collections import deque
from functools import partial
from typing import Any

import structlog
from gunicorn.workers.base import Worker

from shared.refusals import TOO_SLOW, UNAVAILABLE, Refusal
from shared.serving.answering import Answering, WholeRequest
from shared.serving.connection import ClientGoneError, Connection, Stage
from shared.serving.deadlines import Deadlines
from shared.serving.framing import MAX_BODY_BYTES, Framing, RequestBounds
from shared.serving.pressure import READING_SECONDS, given_up
from shared.serving.unreadable import reply_to_unreadable

logger = structlog.get_logger("server")

ARRIVAL_SECONDS = 12.0
"""How long a request may take to arrive whole, and a client to begin one on a new connection."""
GOODBYE_SECONDS = 2.0
LAST_REQUEST_SECONDS = 0.5
"""How long a stopping server still listens to the connections it kept, for a request that is on its way."""
LAST_ARRIVAL_SECONDS = 2.0
MOST_ARRIVING_BYTES = 128 * 1024 * 1024
MOST_ANSWERING_BYTES = 128 * 1024 * 1024
"""How much of large requests may lie with the threads: being answered, or waiting for one that is free."""
_LARGE_BYTES = 64 * 1024
_KERNEL_BUFFER_BYTES = 128 * 1024
"""The system would keep megabytes for each client that reads nothing."""
_PIECE_BYTES = 256 * 1024
_MOST_AHEAD_BYTES = 64 * 1024
_PROGRESS_BYTES = 16 * 1024
_SWEEP_SECONDS = 0.25
_HEARTBEAT_SECONDS = 1.0
_ACCEPTED_AT_ONCE = 64
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

HELD_WHILE_FORKING = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGQUIT})


def hold_signals_while_forking() -> None:
    """Let a worker that is told to stop before it listens to signals stop when it does.

    Until then it would take them with its parent's handlers, which forget them: the stop would wait for it in vain.
    """
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, HELD_WHILE_FORKING),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_WHILE_FORKING),
    )


class PatientWorker(Worker):  # type: ignore[misc]  # gunicorn has no types
    """Everything but `_serve` runs on the poller's thread, so the connections' stages need no lock."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._poller = selectors.DefaultSelector()
        self._jobs: queue.SimpleQueue[WholeRequest | None] = queue.SimpleQueue()
        self._returned: deque[tuple[Connection, bool | None]] = deque()
        self._is_asleep = False
        self._piece = memoryview(bytearray(_PIECE_BYTES))
        self._unsent_lock = threading.Lock()
        self._connections: set[Connection] = set()
        self._answering = 0
        self._answering_bytes = 0
        self._arriving_bytes = 0
        self._arriving = Deadlines(ARRIVAL_SECONDS)
        self._idle = Deadlines(self.cfg.keepalive)
        self._sending = Deadlines(READING_SECONDS)
        self._leaving = Deadlines(GOODBYE_SECONDS)
        self._next_sweep = 0.0
        self._next_heartbeat = 0.0

    def run(self) -> None:
        """Serve until told to stop; then finish what has begun."""
        self._poller.register(self.PIPE[0], _READ, self._swallow_wake_ups)
        for listener in self.sockets:
            listener.setblocking(False)
            listener.setsockopt(
                socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER_BYTES
            )  # accepted sockets inherit it
            self._poller.register(listener, _READ, self._accept)
        unsent, ended = partial(self._return, keeps_alive=None), partial(self._return, keeps_alive=False)
        answering = Answering(self.wsgi, self.cfg, unsent, ended, lambda: not self.alive)
        threads = [
            threading.Thread(target=self._serve, args=(answering,), name=f"request-{n}", daemon=True)
            for n in range(self.cfg.threads)
        ]
        for thread in threads:
            thread.start()
        while self.alive and self.ppid == os.getppid():
            self._turn(_HEARTBEAT_SECONDS)
        self._finish()
        for _ in threads:
            self._jobs.put(None)
        for thread in threads:
            thread.join(0.1)

    def init_signals(self) -> None:
        """Listen to signals, those too that came since the fork (`hold_signals_while_forking`)."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_WHILE_FORKING)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: the poller, woken by the signal itself, sees it."""
        self.alive = False

    def _serve(self, answering: Answering) -> None:
        """A thread of the application's."""
        while (received := self._jobs.get()) is not None:
            if (keeps_alive := answering.answer(received)) is not None:
                self._return(received.connection, keeps_alive)

    def _return(self, connection: Connection, keeps_alive: bool | None) -> None:
        """Hand a connection to the poller: answered, or (None) with something to send."""
        self._returned.append((connection, keeps_alive))
        if self._is_asleep:
            self._is_asleep = False
            with contextlib.suppress(BlockingIOError):  # full of wake-ups
                os.write(self.PIPE[1], b"\0")

    def _turn(self, longest_seconds: float) -> None:
        """Wait for something to happen, and do what it asks for."""
        self._is_asleep = True
        soon = _SWEEP_SECONDS if self._sending else longest_seconds
        events = self._poller.select(0 if self._returned else soon)
        self._is_asleep = False
        for key, mask in events:
            if isinstance(key.data, Connection):
                self._on_event(key.data, mask)
            else:
                key.data()
        while self._returned:
            self._take_back(*self._returned.popleft())
        now = time.monotonic()
        if now >= self._next_sweep:
            self._next_sweep = now + _SWEEP_SECONDS
            self._sweep()
        if now >= self._next_heartbeat:
            self._next_heartbeat = now + _HEARTBEAT_SECONDS
            self.notify()

    def _swallow_wake_ups(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self.PIPE[0], 4096)

    def _accept(self) -> None:
        for listener in self.sockets:
            local = listener.getsockname()
            for _ in range(_ACCEPTED_AT_ONCE):
                if len(self._connections) >= self.cfg.worker_connections:
                    self._make_room()
                try:
                    sock, peer = listener.accept()
                except BlockingIOError:
                    break
                except OSError as error:  # no descriptor left, or the client has gone
                    if not isinstance(error, ConnectionError):
                        self._make_room()
                    break
                sock.setblocking(False)
                connection = Connection(sock, peer, local, lock=self._unsent_lock, framing=Framing(MAX_BODY_BYTES))
                self._connections.add(connection)
                self._watch(connection, _READ)
                self._arriving.put(connection)

    def _make_room(self) -> None:
        """Give up whoever has kept us waiting the longest."""
        longest = self._arriving.oldest() or self._idle.oldest() or self._leaving.oldest() or self._sending.oldest()
        if longest is not None:
            self._give_up(longest)

    def _on_event(self, connection: Connection, mask: int) -> None:
        if mask & _WRITE and connection.events:
            self._send_waiting(connection)
        if mask & _READ and connection.events & _READ:
            self._receive(connection)

    def _receive(self, connection: Connection) -> None:
        try:
            size = connection.receive(self._piece)
        except BlockingIOError:
            return
        except OSError:
            self._give_up(connection)
            return
        if connection.stage is Stage.LEAVING:
            connection.received.clear()
            if connection.has_ended:
                self._close(connection)
            return
        if connection.stage is Stage.RECEIVING:
            self._arriving_bytes += size
            self._advance(connection)
        if connection.has_ended:
            self._watch(connection, connection.events & ~_READ)
            if connection.stage is Stage.RECEIVING:
                self._close(connection)
        elif len(connection.received) > _MOST_AHEAD_BYTES and connection.stage is not Stage.RECEIVING:
            self._watch(connection, connection.events & ~_READ)

    def _advance(self, connection: Connection) -> None:
        """Hand the next request to a thread, when all of it is there."""
        framed = connection.framing.find_end(connection.received)
        if framed is not None:
            self._hand_over(connection, framed)
            return
        if connection not in self._arriving:
            self._idle.remove(connection)
            self._arriving.put(connection)
        if connection.framing.is_expecting:
            connection.framing.is_expecting = False
            try:
                connection.sock.send(_CONTINUE)
            except OSError:
                self._give_up(connection)
        while self._arriving_bytes > MOST_ARRIVING_BYTES:
            self._refuse(next(each for each in self._arriving if each.received), UNAVAILABLE)

    def _hand_over(self, connection: Connection, framed: RequestBounds) -> None:
        if framed.size > _LARGE_BYTES and self._answering_bytes + framed.size > MOST_ANSWERING_BYTES:
            self._refuse(connection, UNAVAILABLE)
            return
        self._arriving.remove(connection)
        self._idle.remove(connection)
        self._arriving_bytes -= len(connection.received)
        whole = connection.received
        head, body = bytes(whole[: framed.head_size]), bytes(memoryview(whole)[framed.head_size : framed.size])
        connection.received = whole[framed.size :] if not framed.is_last else bytearray()
        connection.framing = Framing(MAX_BODY_BYTES)
        connection.stage = Stage.ANSWERING
        if framed.is_last:
            self._watch(connection, connection.events & ~_READ)
        connection.waited_since = 0.0
        connection.answering_bytes = framed.size
        self._answering_bytes += framed.size
        self._answering += 1
        self._jobs.put(WholeRequest(connection, head, body, framed.is_last, time.monotonic()))

    def _take_back(self, connection: Connection, keeps_alive: bool | None) -> None:
        if keeps_alive is None:
            if connection.unsent_bytes:
                if connection not in self._sending:
                    self._sending.put(connection)
                self._watch(connection, connection.events | _WRITE)
            return
        self._answering -= 1
        self._answering_bytes -= connection.answering_bytes
        connection.keeps_alive = keeps_alive
        if connection.is_broken:
            self._close(connection)
        elif connection.unsent_bytes:
            connection.stage = Stage.SENDING
        else:
            self._go_on(connection)

    def _send_waiting(self, connection: Connection) -> None:
        try:
            taken = connection.send_waiting()
        except OSError:
            self._give_up(connection)
            return
        if connection.unsent_bytes:
            if taken >= _PROGRESS_BYTES:
                self._sending.put(connection)
            return
        self._sending.remove(connection)
        self._watch(connection, connection.events & ~_WRITE)
        if connection.stage is Stage.SENDING:
            self._go_on(connection)

    def _go_on(self, connection: Connection) -> None:
        """The reply has left: wait for the next request, or say goodbye."""
        if not connection.keeps_alive:
            self._say_goodbye(connection)
            return
        connection.stage = Stage.RECEIVING
        if connection.received:
            self._arriving_bytes += len(connection.received)
            self._arriving.put(connection)
            self._advance(connection)
        else:
            self._idle.put(connection)
        if connection.stage is Stage.RECEIVING and not connection.is_broken:
            if connection.has_ended:
                self._close(connection)
            else:
                self._watch(connection, connection.events | _READ)

    def _say_goodbye(self, connection: Connection) -> None:
        try:
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(connection)
            return
        if connection.has_ended:
            self._close(connection)
            return
        connection.received.clear()
        connection.stage = Stage.LEAVING
        self._leaving.put(connection)
        self._watch(connection, _READ)

    def _give_up(self, connection: Connection) -> None:
        """End the connection with a reset. While a thread has it, the descriptor waits for the thread."""
        connection.break_off()
        self._watch(connection, 0)
        self._sending.remove(connection)
        if connection.stage is not Stage.ANSWERING:
            self._close(connection)

    def _close(self, connection: Connection) -> None:
        if connection.stage is Stage.RECEIVING:
            self._arriving_bytes -= len(connection.received)
        self._watch(connection, 0)
        for deadlines in (self._arriving, self._idle, self._sending, self._leaving):
            deadlines.remove(connection)
        self._connections.discard(connection)
        connection.close()

    def _watch(self, connection: Connection, events: int) -> None:
        if events == connection.events:
            return
        if not connection.events:
            self._poller.register(connection.sock, events, connection)
        elif events:
            self._poller.modify(connection.sock, events, connection)
        else:
            self._poller.unregister(connection.sock)
        connection.events = events

    def _sweep(self) -> None:
        """End what has waited long enough, and what takes more than its share of threads or memory."""
        for connection in self._arriving.expired():
            if connection.received:
                self._refuse(connection, TOO_SLOW)
            else:
                self._close(connection)
        for connection in (*self._idle.expired(), *self._leaving.expired()):
            self._close(connection)
        for connection in self._sending.expired():
            self._give_up(connection)
        for connection in given_up(self._sending, self.cfg.threads):
            self._give_up(connection)

    def _refuse(self, connection: Connection, refusal: Refusal) -> None:
        """Say why its request is not answered, if that can be said without waiting, and end it."""
        logger.info("request_not_readable", code=refusal.code)
        reply = reply_to_unreadable(refusal, connection.received)
        self._arriving_bytes -= len(connection.received)
        self._arriving.remove(connection)
        self._idle.remove(connection)
        connection.stage = Stage.LEAVING
        connection.received.clear()
        try:
            is_sent = connection.write(reply)
        except ClientGoneError:
            is_sent = False
        if is_sent:
            self._say_goodbye(connection)
        else:
            self._give_up(connection)

    def _finish(self) -> None:
        """Take nothing new, and end when what has begun is done: a kept connection without a request does not delay."""
        self._accept()  # who stands in the queue was let in
        for listener in self.sockets:
            self._poller.unregister(listener)
            listener.close()
        began = time.monotonic()
        while self._connections:
            waited = time.monotonic() - began
            if waited > self.cfg.graceful_timeout:
                break
            is_busy = bool(self._answering or self._sending or self._returned)
            is_waited_for = any(connection.received for connection in self._arriving)
            if not is_busy and waited > (LAST_ARRIVAL_SECONDS if is_waited_for else LAST_REQUEST_SECONDS):
                break
            self._turn(0.05)
        for connection in list(self._connections):
            self._close(connection)
        self._poller.close()

"""Stands between the ledger and its database server, and now and then loses the answer to a COMMIT.

What is lost has been carried out: the answer is read from the server first, and then both connections are cut.
"""

import random
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_CHUNK_BYTES = 65536


class LossyProxy:
    """Serves a port of this machine. `share`: of how many COMMITs the answer is lost; `lost` counts them."""

    def __init__(self, server_port: int, *, seed: int = 1) -> None:
        self._server_port = server_port
        self._chance = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.share = 0.0
        self.lost = 0

    @contextmanager
    def serving(self) -> Iterator["LossyProxy"]:
        threading.Thread(target=self._accept, daemon=True).start()
        try:
            yield self
        finally:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        """Pass on what either says, until one of them hangs up or an answer is lost."""
        with client, socket.create_connection(("127.0.0.1", self._server_port)) as server:
            is_to_be_lost = False
            while True:
                for source in select.select([client, server], [], [])[0]:
                    try:
                        said = source.recv(_CHUNK_BYTES)
                        if not said or (source is server and is_to_be_lost):
                            return
                        (client if source is server else server).sendall(said)
                    except OSError:
                        return
                    if source is client and b"COMMIT" in said and self._chance.random() < self.share:
                        is_to_be_lost = True
                        self.lost += 1

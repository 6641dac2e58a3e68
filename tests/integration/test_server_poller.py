"""The poller's thread serves everybody: nothing that one connection does may end it."""

import os
import socket
import threading

from gunicorn.config import Config
from gunicorn.glogging import Logger

from shared.serving.connection import Connection, Stage
from shared.serving.framing import MAX_BODY_BYTES, Framing
from shared.serving.worker import PatientWorker


def test_a_client_that_is_gone_when_it_is_asked_for_its_body_ends_only_itself() -> None:
    worker = PatientWorker(1, os.getppid(), [], None, 60, Config(), Logger(Config()))
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    connection = Connection(ours, "", "", lock=threading.Lock(), framing=Framing(MAX_BODY_BYTES))
    connection.stage = Stage.ANSWERING
    connection.received += b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    worker._connections.add(connection)
    worker._answering = 1
    theirs.close()
    worker._take_back(connection, keeps_alive=True)
    assert worker._connections == set()
    assert (worker._answering, worker._arriving_bytes) == (0, 0)
    worker.tmp.close()

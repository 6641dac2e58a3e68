"""A notification service that works its outbox off and is killed at one step of a delivery.

`python -m tests.resilience.dying_deliveries WHEN AFTER DATABASE_URL [MAIL_PORT RECEIPTS]`: at the step WHEN, when it
has been there AFTER times; a step that does not exist is never reached. It ends when nothing is left to deliver.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from notification_service.app import create_app
from notification_service.delivery import outbox
from notification_service.delivery.retries import RetryPolicy
from notification_service.email.receipts import Receipts
from notification_service.email.smtp import MailServer
from notification_service.settings import Settings
from tests.forked_server import ForkedServer
from tests.keys import SigningKeys

AT_ONCE = RetryPolicy(first_pause_seconds=0, claim_seconds=1)
LONGEST_SECONDS = 60.0

Function = Callable[..., Any]


def deliver(folder: Path, when: str, after: int, url: str, *mail: str) -> int | None:
    """Its exit code: 0, or minus the signal that it died of."""
    arguments = [when, str(after), url, *mail]
    process = ForkedServer("tests.resilience.dying_deliveries", arguments, os.environ, folder / "deliveries.log")
    process.wait(LONGEST_SECONDS)
    return process.exit_code


class Death:
    """Comes to this process when it has been called more often than this."""

    def __init__(self, after: int) -> None:
        self._left = after

    def __call__(self) -> None:
        self._left -= 1
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(self, function: Function) -> Function:
        """The function, which is not reached any more when it is time."""
        return lambda *args, **kwargs: (self(), function(*args, **kwargs))[1]

    def behind(self, function: Function) -> Function:
        """The function, of whose result nothing comes when it is time."""
        return lambda *args, **kwargs: (function(*args, **kwargs), self())[0]


def main(when: str, after: str, url: str, port: str | None = None, receipts: str | None = None) -> None:
    """Deliver until nothing is left, or death comes."""
    server = MailServer("127.0.0.1", int(port), needs_tls=False) if port else None
    mail = {"mail_server": server, "receipts": Path(receipts)} if receipts else {}
    settings = Settings(url, "a key of tests", "another key of tests", retries=AT_ONCE, **mail)
    app = create_app(settings, keys=SigningKeys())
    running, death = app.extensions["context"].deliveries, Death(int(after))
    steps: dict[str, tuple[Any, str, Callable[[Function], Function]]] = {
        "in the claim": (outbox, "claim", death.behind),
        "after the claim": (running, "attempt", death.before),
        "before the note": (Receipts, "note", death.before),
        "after the sending": (running, "attempt", death.behind),
        "in the record": (outbox, "finish", death.behind),
        "after the record": (running, "turn", death.behind),
    }
    if when in steps:
        owner, name, around = steps[when]
        setattr(owner, name, around(getattr(owner, name)))
    running.start()
    while is_something_left(app.extensions["database"]):
        time.sleep(0.05)
    running.stop()


def is_something_left(database: Any) -> bool:
    """Whether any delivery has not come to its end."""
    with database.read() as connection:
        query = "SELECT count(*) FROM deliveries WHERE finished_at IS NULL"
        return bool(connection.exec_driver_sql(query).scalar_one())


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The demo world of an empty bank in containers, and who can log in to it: `python -m deploy.container.demo_world`.

What a container says is kept, so it names people only. `docker compose run --rm demo-world --passwords` tells their
passwords to the terminal at which somebody asks.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from deploy.container import profiles
from deploy.container.bank_secrets import ADMIN_PASSWORD, read
from orchestrator import credentials, demo_world
from orchestrator.bank_client import BankAwayError, call
from orchestrator.screen import LogIn, Screen
from shared.services import GATEWAY, SERVICES
from shared.settings import is_production

SECRETS = Path("/secrets")
PATIENCE_SECONDS = 300.0
WIDTH = 160
"""Of the table, so that no password is cut short where there is no terminal."""
HOW_TO_ASK = "docker compose run --rm demo-world --passwords"


def wait_until_healthy(patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Until the gateway says so of every service. Raises SystemExit when it does not in time."""
    give_up_at = time.monotonic() + patience_seconds
    while not _is_healthy():
        if time.monotonic() > give_up_at:
            sys.exit(f"the bank at {GATEWAY.default_url} is not healthy")
        time.sleep(1.0)


def _is_healthy() -> bool:
    try:
        return call("GET", f"{GATEWAY.default_url}/health", timeout_seconds=5.0).body.get("status") == "healthy"
    except BankAwayError:
        return False


def main(arguments: Sequence[str]) -> None:
    """Make it unless there is one; then the table of log-ins."""
    with_passwords = "--passwords" in arguments
    screen = Screen(Console(highlight=False, soft_wrap=True, width=WIDTH))
    if is_production():
        screen.line("a bank in production has no demo world")
        return
    os.environ.setdefault("BANK_ADMIN_USERNAME", "admin")
    admin = {"username": os.environ["BANK_ADMIN_USERNAME"], "password": read(SECRETS)[ADMIN_PASSWORD]}
    os.environ[ADMIN_PASSWORD] = admin["password"]
    wait_until_healthy()
    with tempfile.TemporaryDirectory() as folder:
        demo_world.seed(Path(folder), SERVICES, threading.Event(), screen)
        customers = credentials.log_ins(Path(folder), with_passwords=with_passwords)
    shown: LogIn = admin if with_passwords else {"username": admin["username"]}
    screen.log_ins([("admin", shown), *customers], kept_in="not shown here")
    if not with_passwords:
        screen.line(f"the passwords   {HOW_TO_ASK}")
    chosen = profiles.read(os.environ.get("SANDBANK_PROFILES", ""))
    url = os.environ.get("BANK_PUBLIC_URL") or profiles.public_url(chosen, os.environ)
    screen.line(f"the bank        {url}")


if __name__ == "__main__":
    main(sys.argv[1:])

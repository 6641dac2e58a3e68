"""`credentials.json` in the data directory (mode 0600): who can log in to a bank of one's own machine.

The auth service writes the admin and the employee when it makes them; the orchestrator adds the demo world's customers.
"""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LogIn = Mapping[str, str]


def path(data: Path) -> Path:
    """Where the file is."""
    return data / "credentials.json"


def read(data: Path) -> dict[str, Any]:
    """The file's content; empty when there is none yet."""
    try:
        content: dict[str, Any] = json.loads(path(data).read_text())
    except FileNotFoundError:
        return {}
    return content


def admin(data: Path) -> LogIn | None:
    """The administrator's log-in: from the environment, else as kept in the file."""
    username, password = os.environ.get("BANK_ADMIN_USERNAME"), os.environ.get("BANK_ADMIN_PASSWORD")
    if username and password:
        return {"username": username, "password": password}
    return read(data).get("admin")


def add_customers(data: Path, customers: Sequence[LogIn]) -> None:
    """Put these customers' log-ins into the file, at once and durably, readable by its owner alone."""
    content = json.dumps({**read(data), "customers": list(customers)}, indent=2)
    temporary = path(data).with_name(f".credentials.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path(data))


def log_ins(data: Path, *, with_passwords: bool) -> list[tuple[str, LogIn]]:
    """Who can log in, as (role, log-in). Without passwords for what is kept: a log file, or a screen seen again."""
    content = read(data)
    found = [(role, content[role]) for role in ("admin", "employee") if content.get(role)]
    found += [("customer", log_in) for log_in in content.get("customers", [])]
    return found if with_passwords else [(role, {"username": log_in["username"]}) for role, log_in in found]

"""Generates the bank's secrets on its first start: `python -m deploy.container.bank_secrets FOLDER`.

FOLDER has a folder for each service, and for each other container that needs one, which only that container mounts. In
it `environment` holds what it needs and nothing else, as lines `NAME=value`, mode 0600. What is there already is kept,
so that a start after the first changes nothing, and a container whose folder was lost gets the same secrets again.
"""

import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from shared.services import (
    ACCOUNT,
    AUTH,
    BACKENDS,
    GATEWAY,
    NOTIFICATION,
    REPORTING,
    SERVICES,
    SIMULATOR,
    TRANSACTION,
    Service,
)

FILE_NAME = "environment"
ADMIN_PASSWORD = "BANK_ADMIN_PASSWORD"  # noqa: S105 (the name of a setting)
SESSION_SECRET = "SESSION_SECRET"  # noqa: S105 (the name of a setting)
DATABASE_ADMIN_PASSWORD = "DATABASE_ADMIN_PASSWORD"  # noqa: S105 (a name)
DATABASES, DEMO_WORLD = "databases", "demo-world"
"""The folders of what is no service: who makes databases on a server, and who makes the demo world."""


_OWN = {
    GATEWAY: [SESSION_SECRET],
    ACCOUNT: ["ACCOUNT_CARD_KEY"],
    SIMULATOR: ["SIMULATOR_LOG_IN_SECRET", "SIMULATOR_SEAL_KEY"],
    NOTIFICATION: ["NOTIFICATION_SEAL_KEY", "NOTIFICATION_WEBHOOK_KEY"],
    TRANSACTION: ["TRANSACTION_CARD_KEY"],
    REPORTING: ["REPORTING_AUDIT_KEY"],
}
"""What a service alone knows."""


def names_for(service: Service) -> list[str]:
    """The secrets that a service is told. Auth knows every service's, for it is where they prove who they are."""
    own = [database_password(service)] if service in BACKENDS else []
    if service == AUTH:
        return [ADMIN_PASSWORD, *(_client_secret(one) for one in SERVICES if one != AUTH), *own]
    return [_client_secret(service), *_OWN.get(service, []), *own]


def folders() -> dict[str, list[str]]:
    """Each folder, by the name of what mounts it, with the names of the secrets in it."""
    found = {service.name: names_for(service) for service in SERVICES}
    found[DATABASES] = [DATABASE_ADMIN_PASSWORD, *(database_password(service) for service in BACKENDS)]
    found[DEMO_WORLD] = [ADMIN_PASSWORD]
    return found


def database_password(service: Service) -> str:
    """The name of the password by which a service opens its database on a server."""
    return f"{service.env_prefix}_DATABASE_PASSWORD"


def _client_secret(service: Service) -> str:
    return f"{service.env_prefix}_CLIENT_SECRET"


def read(folder: Path) -> dict[str, str]:
    """What a folder holds; nothing when it is new."""
    path = folder / FILE_NAME
    return parse(path.read_text()) if path.exists() else {}


def parse(text: str) -> dict[str, str]:
    """Lines of `NAME=value`."""
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def complete(known: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The secrets of each folder: those that are known, and new ones for the rest."""
    values = dict(known)
    for names in folders().values():
        for name in names:
            if name not in values:
                values[name] = secrets.token_urlsafe(36)
    return {folder: {name: values[name] for name in names} for folder, names in folders().items()}


def make(root: Path) -> list[str]:
    """Give each folder what it has not got yet; the names of those that were written."""
    known = {name: value for folder in folders() for name, value in read(root / folder).items()}
    written = []
    for name, wanted in complete(known).items():
        folder = root / name
        if read(folder) != wanted:
            folder.mkdir(mode=0o700, exist_ok=True)
            _write(folder / FILE_NAME, "".join(f"{one}={value}\n" for one, value in wanted.items()))
            written.append(name)
    password = root / DATABASES / DATABASE_ADMIN_PASSWORD
    if not password.exists():  # by itself, as the images of database servers read it
        _write(password, read(root / DATABASES)[DATABASE_ADMIN_PASSWORD])
    return written


def _write(path: Path, content: str) -> None:
    """Whole or not at all, for its owner's eyes only."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def main(root: Path) -> None:
    """Say what was made, never its content."""
    written = make(root)
    sys.stdout.write(f"secrets made for {', '.join(written)}\n" if written else "every secret is there already\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

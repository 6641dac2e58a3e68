"""Generates the bank's secrets on its first start: `python -m deploy.container.bank_secrets FOLDER`.

FOLDER has a folder for each service, each of which only that service's container mounts. In it `environment` holds what
this service needs and nothing else, as lines `NAME=value`, mode 0600. What is there already is kept, so that a start
after the first changes nothing, and a service whose folder was lost gets the same secrets again.
"""

import os
import secrets
import sys
from pathlib import Path

from shared.services import ACCOUNT, AUTH, GATEWAY, NOTIFICATION, REPORTING, SERVICES, SIMULATOR, TRANSACTION, Service

FILE_NAME = "environment"
ADMIN_PASSWORD = "BANK_ADMIN_PASSWORD"  # noqa: S105 (the name of a setting)
SESSION_SECRET = "SESSION_SECRET"  # noqa: S105 (the name of a setting)


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
    if service == AUTH:
        return [ADMIN_PASSWORD, *(_client_secret(one) for one in SERVICES if one != AUTH)]
    return [_client_secret(service), *_OWN.get(service, [])]


def _client_secret(service: Service) -> str:
    return f"{service.env_prefix}_CLIENT_SECRET"


def read(folder: Path) -> dict[str, str]:
    """What a service's folder holds; nothing when it is new."""
    path = folder / FILE_NAME
    lines = path.read_text().splitlines() if path.exists() else []
    return dict(line.split("=", 1) for line in lines if "=" in line)


def make(root: Path) -> list[str]:
    """Give each service what it has not got yet; the names of the services whose file was written."""
    known = {name: value for service in SERVICES for name, value in read(root / service.name).items()}
    written = []
    for service in SERVICES:
        folder, names = root / service.name, names_for(service)
        for name in names:
            known.setdefault(name, secrets.token_urlsafe(36))
        wanted = {name: known[name] for name in names}
        if read(folder) != wanted:
            folder.mkdir(mode=0o700, exist_ok=True)
            _write(folder / FILE_NAME, wanted)
            written.append(service.name)
    return written


def _write(path: Path, values: dict[str, str]) -> None:
    """Whole or not at all, for its owner's eyes only."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def main(root: Path) -> None:
    """Say what was made, never its content."""
    written = make(root)
    sys.stdout.write(f"secrets made for {', '.join(written)}\n" if written else "every secret is there already\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

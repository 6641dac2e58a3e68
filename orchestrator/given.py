"""`given.json` in the data directory: what of the bank the environment of its last start puts elsewhere.

A backup or a change of keys is asked for in another environment, a shell's or a timer's: there it would look at files
that the bank does not use, or at none. No secret is in it, and of a database on a server only that it is one.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from shared.services import BACKENDS
from shared.settings import is_on_server, secret_names
from shared.storage.private_files import replace_private

ANCHOR_SETTING = "REPORTING_AUDIT_HEAD_FILE"
NAME = "given.json"
ON_A_SERVER = "a database on a server"


@dataclass(frozen=True)
class Given:
    """By the names of settings: the files, or ON_A_SERVER, and the secrets that the environment has."""

    places: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)


def write(data: Path) -> None:
    """Keep what this process, and so each service that it starts, has from its environment."""
    places = {}
    for service in BACKENDS:
        name = f"{service.env_prefix}_DATABASE_URL"
        if os.environ.get(name):
            places[name] = ON_A_SERVER if is_on_server(service) else str(_file_of(os.environ[name]))
    anchor = os.environ.get(ANCHOR_SETTING)
    if anchor:
        places[ANCHOR_SETTING] = str(Path(anchor).absolute())
    secrets = [name for name in secret_names() if os.environ.get(name)]
    replace_private(data / NAME, json.dumps(asdict(Given(places, secrets)), indent=2) + "\n")


def read(data: Path) -> Given:
    """What the last start had; nothing where the bank was never started, or its services one by one."""
    try:
        return Given(**json.loads((data / NAME).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return Given()


def _file_of(url: str) -> Path:
    return Path(url.partition("///")[2].partition("?")[0]).absolute()

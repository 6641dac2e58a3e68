"""A container's first process: takes the secrets of its service into the environment and becomes that service's server.

`SANDBANK_SERVICE` says which service it is, `SANDBANK_PROFILES` what stands beside the bank; `/secrets` is where its
container mounts what deploy.container.bank_secrets made for it.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.container import profiles
from deploy.container.bank_secrets import FILE_NAME, database_password, read
from shared import allocator
from shared.services import Service, service_named

SECRETS = Path("/secrets")


def environment_of(service: Service, found: Mapping[str, str], surroundings: Mapping[str, str]) -> dict[str, str]:
    """What the server is told: what the profiles mean, over it what the container was told, and its secrets.

    Empty variables count as not given: docker-compose.yml passes on what nobody set. Raises ProfileError.
    """
    chosen = profiles.read(surroundings.get("SANDBANK_PROFILES", ""))
    given = {name: value for name, value in surroundings.items() if value}
    secrets = {name: value for name, value in found.items() if name != database_password(service)}
    return {**allocator.SETTINGS, **profiles.settings_for(service, chosen, found, surroundings), **given, **secrets}


def main() -> None:
    """Does not return: the server has this process's id, and gets the signals that a container is stopped with."""
    service = service_named(os.environ.get("SANDBANK_SERVICE", ""))
    found = read(SECRETS)
    if not found:
        sys.exit(f"{service.name} does not start: {SECRETS / FILE_NAME} is missing; the `secrets` service makes it")
    try:
        environment = environment_of(service, found, os.environ)
    except profiles.ProfileError as wrong:
        sys.exit(f"{service.name} does not start: {wrong}")
    url = environment.get(f"{service.env_prefix}_DATABASE_URL")
    if url:
        from deploy.container import databases  # noqa: PLC0415 (heavy, and needed with a server alone)

        databases.wait_for(url)
    os.execve(sys.executable, [sys.executable, "-m", "shared.server", service.package], environment)  # noqa: S606


if __name__ == "__main__":
    main()

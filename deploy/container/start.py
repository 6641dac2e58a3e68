"""A container's first process: takes the secrets of its service into the environment and becomes that service's server.

`SANDBANK_SERVICE` says which service it is; `/secrets` is where its container mounts what deploy.container.bank_secrets
made for it.
"""

import os
import sys
from pathlib import Path

from deploy.container.bank_secrets import FILE_NAME, read
from shared import allocator
from shared.services import service_named

SECRETS = Path("/secrets")


def main() -> None:
    """Does not return: the server has this process's id, and gets the signals that a container is stopped with."""
    service = service_named(os.environ.get("SANDBANK_SERVICE", ""))
    found = read(SECRETS)
    if not found:
        sys.exit(f"{service.name} does not start: {SECRETS / FILE_NAME} is missing; the `secrets` service makes it")
    environment = {**allocator.SETTINGS, **os.environ, **found}
    os.execve(sys.executable, [sys.executable, "-m", "shared.server", service.package], environment)  # noqa: S606


if __name__ == "__main__":
    main()

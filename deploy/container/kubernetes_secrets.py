"""The bank's secrets for Kubernetes: `python -m deploy.container.kubernetes_secrets | kubectl create -f -`.

Prints a Secret for each service, and for what else needs one, as bank_secrets has folders; new ones each time. `kubectl
create` refuses those that are there, so that no key is lost under data that needs it. `DATABASE_ADMIN_PASSWORD` in the
environment is that of your database server; the passwords of the services' own users there are made.
"""

import json
import os
import sys
from typing import Any

from deploy.container import bank_secrets

NAMESPACE = "sandbank"


def secret_name(folder: str) -> str:
    """The name of a folder's Secret."""
    return f"{folder}-secrets"


def manifest(known: dict[str, str], namespace: str = NAMESPACE) -> dict[str, Any]:
    """A List of Secrets. Each has one key, `environment`, which a container mounts as the file of that name."""
    return {
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": secret_name(folder), "namespace": namespace},
                "type": "Opaque",
                "stringData": {bank_secrets.FILE_NAME: "".join(f"{name}={value}\n" for name, value in values.items())},
            }
            for folder, values in bank_secrets.complete(known).items()
        ],
    }


def main() -> None:
    """To standard output alone, and never to a terminal, where it would stay."""
    if sys.stdout.isatty():
        sys.exit("these are secrets: hand them on, as in ... | kubectl create -f -")
    given = os.environ.get(bank_secrets.DATABASE_ADMIN_PASSWORD)
    known = {bank_secrets.DATABASE_ADMIN_PASSWORD: given} if given else {}
    json.dump(manifest(known), sys.stdout)


if __name__ == "__main__":
    main()

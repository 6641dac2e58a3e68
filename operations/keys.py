"""Another key to seal rows and the audit trail with, for a bank in development, which keeps its keys in files.

The bank may run: the one service that seals with it is told to end, and the orchestrator starts it again with the new
key; nobody else notices. What the key of before has sealed is verified with that one.
"""

import json
import os
import secrets
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from orchestrator import given, run_file
from shared import key_files
from shared.services import NOTIFICATION, REPORTING, SIMULATOR, Service
from shared.settings import SECRETS

_START_SECONDS = 90.0
_LOOK_SECONDS = 0.1


class KeyRotationError(Exception):
    """The message is a sentence for an operator."""


@dataclass(frozen=True)
class RowKey:
    """A key, the setting that has those of before, whose it is, and whether what those have sealed is left as it is."""

    setting: str
    older_setting: str
    service: Service
    keeps_older: bool = False


ROW_KEYS = {
    "audit": RowKey("REPORTING_AUDIT_KEY", "REPORTING_OLDER_AUDIT_KEYS", REPORTING, keeps_older=True),
    "simulator-rows": RowKey("SIMULATOR_SEAL_KEY", "SIMULATOR_OLDER_SEAL_KEYS", SIMULATOR),
    "inbox-rows": RowKey("NOTIFICATION_SEAL_KEY", "NOTIFICATION_OLDER_SEAL_KEYS", NOTIFICATION),
}


def rotate(data: Path, which: str) -> bool:
    """Make another key for one of ROW_KEYS; whether the service runs with it already.

    Raises KeyRotationError for a bank whose keys come from the environment, while rows are still sealed with a key of
    before, and where the service does not come back.
    """
    key = ROW_KEYS[which]
    current = data / SECRETS / key.setting.lower()
    is_elsewhere = os.environ.get(key.setting) or key.setting in given.read(data).secrets
    if is_elsewhere or not current.is_file():
        message = (
            f"{key.setting} is not kept in {data / SECRETS}, or the bank last used another, "
            f"so it comes from the environment: put the key of now into "
            f"{key.older_setting}, give {key.setting} another, such as {secrets.token_urlsafe(48)}, and start the "
            f"{key.service.name} again"
        )
        raise KeyRotationError(message)
    older = data / SECRETS / key.older_setting.lower()
    if not key_files.change(current, older, secrets.token_urlsafe(48), may_add=key.keeps_older):
        message = (
            f"rows are still sealed with a key of before, which lies in {older}: let the {key.service.name} run "
            "until its log says row_seals_renewed, then change the key again"
        )
        raise KeyRotationError(message)
    return _is_started_again(data, key.service)


def _is_started_again(data: Path, service: Service) -> bool:
    """End the service of a bank that an orchestrator runs, and wait until it is back."""
    before = _running(data).get(service.name)
    if before is None or before["pid"] is None:
        return False
    os.kill(before["pid"], signal.SIGTERM)
    give_up_at = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up_at:
        now = _running(data).get(service.name)
        if now is not None and now["pid"] not in (None, before["pid"]) and _is_healthy(now["url"]):
            return True
        time.sleep(_LOOK_SECONDS)
    message = f"the {service.name} has its new key, but did not come back within {_START_SECONDS:.0f} s; see its log"
    raise KeyRotationError(message)


def _running(data: Path) -> dict[str, Any]:
    """The services that an orchestrator runs on this data directory, by name, with process id and address."""
    try:
        run_file.lock(data).close()
    except run_file.AlreadyRunningError:
        services: dict[str, Any] = json.loads((data / "run.json").read_text())["services"]
        return services
    return {}


def _is_healthy(url: str) -> bool:
    try:
        return urllib3.request("GET", f"{url}/api/health", timeout=2, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False

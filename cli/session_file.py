"""Where the command keeps its sessions: one per bank address, readable by their owner alone."""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cli.errors import ConfigFolderError

DEFAULT_URL = "http://127.0.0.1:5000"
_FILE = "sessions.json"


@dataclass(frozen=True)
class Session:
    """A logged-in person at one bank. `expires_at` is of the access token, in seconds since the epoch."""

    username: str
    role: str
    access_token: str
    refresh_token: str
    expires_at: int


class SessionFile:
    """All sessions, and the address last logged in at. Tokens are only ever sent to the address they came from."""

    def __init__(self, folder: Path | None = None) -> None:
        self.path = (folder or config_folder()) / _FILE

    def last_url(self) -> str | None:
        """The address that was logged in at last."""
        url = self._content().get("last_url")
        return url if isinstance(url, str) else None

    def find(self, url: str) -> Session | None:
        """The session at this address."""
        kept = self._content().get("sessions")
        try:
            return Session(**kept[url]) if isinstance(kept, dict) and url in kept else None
        except TypeError:  # written by another version
            return None

    def keep(self, url: str, session: Session) -> None:
        """Remember a session. Raises ConfigFolderError where it cannot be written."""
        content = self._content()
        content["last_url"] = url
        content["sessions"] = {**content.get("sessions", {}), url: asdict(session)}
        self._write(content)

    def forget(self, url: str) -> None:
        """Remove the session at this address."""
        content = self._content()
        if url in content.get("sessions", {}):
            del content["sessions"][url]
            self._write(content)

    def _content(self) -> dict[str, Any]:
        try:
            content = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def _write(self, content: dict[str, Any]) -> None:
        try:
            self._replace(content)
        except OSError as error:
            message = (
                f"The session cannot be kept in {self.path.parent}: {error.strerror or error}. "
                "Set SANDBANK_CONFIG_DIR to a folder that you may write to."
            )
            raise ConfigFolderError(message) from None

    def _replace(self, content: dict[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=_FILE)  # mkstemp makes it 0600
        try:
            with os.fdopen(descriptor, "w") as file:
                json.dump(content, file, indent=1)
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def config_folder() -> Path:
    """`SANDBANK_CONFIG_DIR`, else `sandbank` in the user's configuration folder."""
    chosen = os.environ.get("SANDBANK_CONFIG_DIR")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "sandbank"

"""gunicorn's own messages, written as every other line of the service's log."""

from typing import Any

from gunicorn.glogging import Logger


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Hands everything to the root logger, which shared/observability/logs.py has set up."""

    def setup(self, cfg: Any) -> None:
        """Called by gunicorn with its settings."""
        self.loglevel = self.LOG_LEVELS.get(cfg.loglevel.lower())
        self.error_log.setLevel(self.loglevel)
        self.error_log.propagate = True

    def reopen_files(self) -> None:
        """The files are the root logger's, which notices by itself when one was renamed."""

    def close_on_exec(self) -> None:
        """Nothing of ours is executed."""

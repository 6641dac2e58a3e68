"""That a mail server took a mail, noted on this machine's disk at once: what the database hears a moment later.

The outbox records what came of a try with its next commit. A process that dies in between would send the mail again,
so whoever was answered 250 first makes an empty file here, and whoever claims the delivery afterwards looks.
"""

import os
from collections.abc import Iterable
from pathlib import Path

import structlog

from shared.identifiers import is_id

logger = structlog.get_logger(__name__)


class Receipts:
    """Files named after deliveries, in a folder that is made when the first is written; without a folder, none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def note(self, delivery_id: str) -> None:
        """The mail server has it. A disk that does not take the note leaves what stands in docs/email.md."""
        if self._folder is None:
            return
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(self._folder / delivery_id, os.O_WRONLY | os.O_CREAT, 0o600)
            os.fsync(descriptor)
            os.close(descriptor)
        except OSError as error:
            logger.warning("mail_receipt_not_kept", delivery=delivery_id, cause=error.strerror)

    def noted(self) -> set[str]:
        """The deliveries that there are notes of."""
        if self._folder is None or not self._folder.is_dir():
            return set()
        return {file.name for file in self._folder.iterdir() if is_id(file.name)}

    def drop(self, delivery_ids: Iterable[str]) -> None:
        """Forget these, which the database knows of."""
        if self._folder is not None:
            for delivery_id in delivery_ids:
                (self._folder / delivery_id).unlink(missing_ok=True)

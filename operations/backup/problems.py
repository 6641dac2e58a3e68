"""Why a backup was not made, is none, or is not restored."""


class BackupError(Exception):
    """The message is a sentence for an operator: what is wrong, and what to do about it."""


class UnprovedError(BackupError):
    """The bank in the backup does not hold; `findings` say where, a sentence each."""

    def __init__(self, message: str, findings: list[str]) -> None:
        super().__init__(message)
        self.findings = findings

"""What a check of the ledger finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: which check found it, in which record, and the figures."""

    check: str
    record: str
    detail: str

    def as_dict(self) -> dict[str, str]:
        """As replies show it."""
        return {"check": self.check, "record": self.record, "detail": self.detail}

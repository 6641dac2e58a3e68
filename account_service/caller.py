"""Who asks, and what that lets them see. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. Staff see every account, a simulation those of synthetic customers, everyone else their own.

    `name`, `session_id` and `channel` decide nothing: they are kept with what comes of it.
    """

    user_id: str
    is_staff: bool = False
    simulates: bool = False
    role: str | None = None
    name: str | None = None
    session_id: str | None = None
    channel: str | None = None

    @property
    def acting(self) -> dict[str, str | None]:
        """What the ledger keeps of them where something is booked for what they ask."""
        said = {name: getattr(self, name) for name in ("name", "role", "session_id", "channel")}
        return {"user_id": self.user_id, **said}

    def acts_for_bank(self, owner_id: str) -> bool:
        """Whether they act on what is this person's as staff, and not for themself."""
        return self.is_staff and self.user_id != owner_id

    def sees_number(self, *, user_id: str, synthetic: bool) -> bool:
        """Whether the account's number is shown whole: to its owner, and to a simulation acting as a synthetic one."""
        return self.user_id == user_id or (self.simulates and synthetic)

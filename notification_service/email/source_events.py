"""What auth's feed says of people, as far as e-mail needs it. Our own copy of auth's models."""

from shared.enums import Role, UserStatus
from shared.events.event_feed import InstantUs, ReadFacts


class PersonFacts(ReadFacts):
    """What `user_registered` and `user_updated` say."""

    user_id: str
    full_name: str
    email: str
    role: Role
    synthetic: bool
    status: UserStatus

    @property
    def is_erased(self) -> bool:
        """Whether the bank has forgotten who they were; their address is a stand-in then."""
        return self.status == UserStatus.ERASED


class Visit(ReadFacts):
    """What `user_logged_in` says."""

    user_id: str


class ResetRequested(ReadFacts):
    """What `password_reset_requested` says; `sealed` is the token."""

    user_id: str
    sealed: str
    expires_at: InstantUs

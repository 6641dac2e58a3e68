"""What auth's feed says of people, as far as e-mail needs it. Our own copy of auth's models."""

from shared.enums import Role
from shared.event_feed import InstantUs, ReadFacts


class PersonFacts(ReadFacts):
    """What `user_registered` and `user_updated` say."""

    user_id: str
    full_name: str
    email: str
    role: Role
    synthetic: bool


class Visit(ReadFacts):
    """What `user_logged_in` says."""

    user_id: str


class ResetRequested(ReadFacts):
    """What `password_reset_requested` says; `sealed` is the token."""

    user_id: str
    sealed: str
    expires_at: InstantUs

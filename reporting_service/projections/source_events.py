"""The events of auth and of the account service, as far as reporting needs them: our own copy of their models."""

from shared.enums import AccountStatus, AccountType, Role, UserStatus
from shared.events.event_feed import InstantUs, ReadFacts


class UserFacts(ReadFacts):
    """What `user_registered` and `user_updated` say of a user."""

    user_id: str
    username: str
    full_name: str
    email: str
    role: Role
    status: UserStatus
    synthetic: bool


class AccountFacts(ReadFacts):
    """What every event of an account says of it."""

    account_id: str
    user_id: str
    holder_name: str
    account_number: str
    account_type: AccountType
    currency: str
    nickname: str | None
    status: AccountStatus
    synthetic: bool
    created_at: InstantUs
    closed_at: InstantUs | None

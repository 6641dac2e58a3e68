"""What a user is. Pure: no SQL, no HTTP."""

from dataclasses import dataclass

from shared.enums import Role, UserStatus


@dataclass(frozen=True, slots=True)
class User:
    """A person who can sign in. `synthetic`: made by `/users/batch`; `created_by`: who made them, None for themself."""

    id: str
    username: str
    email: str
    full_name: str
    role: Role
    status: UserStatus
    synthetic: bool
    created_by: str | None
    password_hash: str
    created_at: int


def name_key(name: str) -> str:
    """The form in which user names and e-mail addresses are unique and are looked up."""
    return name.strip().lower()


def leaves_no_admin(user: User, *, role: Role, status: UserStatus, other_active_admins: int) -> bool:
    """Whether this change would leave the bank without anyone who can administer it."""
    is_admin_now = user.role == "admin" and user.status == "active"
    stays_admin = role == "admin" and status == "active"
    return is_admin_now and not stays_admin and other_active_admins == 0

"""What a user is. Pure: no SQL, no HTTP."""

from shared.enums import Role, UserStatus
from shared.text import username_key

_RESERVED = frozenset(
    [
        "account",
        "accounts",
        "admin",
        "administrator",
        "administrators",
        "api",
        "auth",
        "bank",
        "banking",
        "billing",
        "compliance",
        "employee",
        "fraud",
        "gateway",
        "help",
        "helpdesk",
        "hostmaster",
        "ledger",
        "mailer-daemon",
        "noreply",
        "operator",
        "postmaster",
        "privacy",
        "root",
        "sandbank",
        "security",
        "simulator",
        "staff",
        "superuser",
        "support",
        "sysadmin",
        "system",
        "treasury",
        "webmaster",
    ]
)
_SEPARATORS = str.maketrans("", "", "._-0123456789")


def name_key(name: str) -> str:
    """The form in which user names and e-mail addresses are unique and are looked up."""
    return username_key(name)


def is_reserved(username: str) -> bool:
    """Whether people would take somebody with this user name for the bank: it is on the list, as it is, with digits or
    separators (`support-2`), or begins or ends with the bank's own name.
    """
    key = name_key(username)
    bare = key.translate(_SEPARATORS)
    return key in _RESERVED or bare in _RESERVED or "sandbank" in bare


def leaves_no_admin(*, is_active_admin: bool, role: Role, status: UserStatus, other_active_admins: int) -> bool:
    """Whether this change would leave the bank without anyone who can administer it."""
    stays_admin = role == Role.ADMIN and status == UserStatus.ACTIVE
    return is_active_admin and not stays_admin and other_active_admins == 0

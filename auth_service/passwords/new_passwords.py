"""Whether a password that somebody chooses is good enough for this bank."""

from auth_service.context import AuthContext
from auth_service.passwords import rules as password_rules
from shared.http.field_problems import invalid_fields


def check_new_password(
    context: AuthContext, password: str, *, username: str = "", email: str = "", field: str = "password"
) -> None:
    """Raises Refused (422, naming the field) for a password that is not good enough."""
    names = (username, email, email.partition("@")[0]) if email else ()
    problem = password_rules.problem(password, min_length=context.settings.password_min_length, names=names)
    if problem is not None:
        raise invalid_fields({field: problem})

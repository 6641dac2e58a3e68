"""Users, tokens and sessions as the API shows them, and users as other services see them."""

from typing import Any

from auth_service.models import User, UserSession
from auth_service.sessions.sessions import TokenPair
from shared.time.clock import to_wire


def user_reply(user: User) -> dict[str, Any]:
    """The `User` of API.md."""
    return {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "full_name": user.full_name,
        "role": user.role,
        "status": user.standing,
        "created_at": to_wire(user.created_at),
        "created_at_bank": None if user.created_at_bank is None else to_wire(user.created_at_bank),
    }


def user_facts(user: User) -> dict[str, Any]:
    """What the bank's other services may know of a user."""
    return {
        "id": user.id,
        "username": user.username,
        "full_name": user.full_name,
        "email": user.email,
        "role": user.role,
        "status": user.standing,
        "synthetic": user.synthetic,
    }


def login_result(user: User, pair: TokenPair) -> dict[str, Any]:
    """What logging in, and refreshing, gives."""
    return {
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "token_type": "Bearer",
        "expires_in": pair.expires_in,
        "user": user_reply(user),
    }


def session_reply(session: UserSession, current_id: str | None) -> dict[str, Any]:
    """A session in the list of one's devices."""
    return {
        "id": session.id,
        "address": session.address,
        "user_agent": session.user_agent,
        "created_at": to_wire(session.created_at),
        "last_used_at": to_wire(session.last_used_at),
        "expires_at": to_wire(session.expires_at),
        "current": session.id == current_id,
    }

"""Who an account's owner is, as auth knows them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from account_service.caller import Caller
from account_service.internal_api import InternalAPI
from account_service.refusals import NOT_SYNTHETIC, OWNER_DISABLED, OWNER_UNKNOWN
from shared import services
from shared.enums import STAFF_ROLES, UserStatus
from shared.identity.access import SIMULATE, Access
from shared.network.discovery import Discovery
from shared.refusals import NOT_FOUND, Refusal, Refused, forbidden

_FOR_OTHERS = Access("for others", roles=STAFF_ROLES, scope=SIMULATE)
"""Who opens accounts for others."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The facts about a person that an account needs."""

    id: str
    full_name: str
    is_active: bool
    synthetic: bool


class Owners:
    """Calls auth_service. Every call may raise Refused (503, 504)."""

    def __init__(self, discovery: Discovery, token: Callable[[], str]) -> None:
        self._ask = InternalAPI(services.AUTH, "/internal/users", discovery, token)

    def find(self, user_id: str) -> Owner | None:
        """The person, or None when there is none."""
        try:
            answer = self._ask("GET", f"/{user_id}")
        except Refused as refused:
            if refused.refusal.status == NOT_FOUND.status:
                return None
            raise
        return _owner(answer.data)

    def find_all(self, user_ids: Sequence[str]) -> dict[str, Owner]:
        """Up to 1,000 people in one call; unknown ones are absent."""
        answer = self._ask("POST", "/lookup", {"ids": list(user_ids)})
        return {item["id"]: _owner(item) for item in answer.data}

    def prove_password(self, user_id: str, password: str, address: str) -> None:
        """Let a person who does something from this address prove who they are. Raises Refused: auth's 400 and 429."""
        self._ask("POST", f"/{user_id}/password", {"password": password, "address": address})


def _owner(item: dict[str, Any]) -> Owner:
    name = item["full_name"] or item["username"]
    return Owner(item["id"], name, item["status"] == UserStatus.ACTIVE, bool(item["synthetic"]))


def check_may_open_for(caller: Caller, owner_id: str) -> None:
    """Before auth is asked: a person opens accounts for themself alone. Raises Refused (403)."""
    if not (caller.user_id == owner_id or caller.is_staff or caller.simulates):
        message = f"You can open accounts for yourself only; for others it needs {_FOR_OTHERS.requirement}."
        raise forbidden(message, role=caller.role, roles=_FOR_OTHERS.roles, scope=_FOR_OTHERS.scope)


def obstacle(caller: Caller, owner: Owner | None) -> Refusal | None:
    """Why this caller cannot open an account for this owner; None when they can."""
    if owner is None:
        return OWNER_UNKNOWN
    if caller.user_id != owner.id and not caller.is_staff and not owner.synthetic:
        return NOT_SYNTHETIC
    return None if owner.is_active else OWNER_DISABLED

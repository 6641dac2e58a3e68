"""What the bank's own webhooks are told of somebody who was erased: what happened, by ids, and no name. Pure."""

from typing import Any

from shared.http.json_parsing import parse, render
from shared.privacy import erasure, stand_ins

_TYPED = frozenset(
    {
        "description",
        "category",
        "reference",
        "nickname",
        "reason",
        "address",
        "user_agent",
        "other_name",
        "merchant_name",
    }
)
"""What they or others typed of them, whom they dealt with, and where they were."""


def without_names(user_id: str, body: str) -> str:
    """The message of an event about somebody, as it is told once they were erased."""
    message: dict[str, Any] = parse(body)
    said = {name: _instead(user_id, name, value) for name, value in message["data"].items()}
    return render({**message, "data": said})


def _instead(user_id: str, name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _TYPED:
        return ""
    if name == "full_name":
        return erasure.NAME
    if name == "username":
        return value if stand_ins.is_stand_in(username=value) else stand_ins.username_of(user_id)
    if name in {"email", "old_email", "new_email"}:
        return value if stand_ins.is_stand_in(email=value) else f"{user_id}{stand_ins.EMAIL_END}"
    return value

"""Webhooks of people in tests."""

from typing import Any

from tests.inboxes import InboxUnderTest


def made(inbox: InboxUnderTest, user_id: str, url: str | None, *events: str, **who: Any) -> dict[str, Any]:
    """A new webhook with its secret; of all events, where none is named."""
    body = {"url": url, "events": list(events or ("*",))}
    reply = inbox.hook("POST", "", user_id, body, **who)
    assert reply.status_code == 201, reply.text
    found: dict[str, Any] = reply.json["data"]
    return found

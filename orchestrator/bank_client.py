"""The few calls the orchestrator makes to the bank it started, as any other client would.

They are not made with `sandbank.Client`. That stands before the gateway as one person and repeats by itself what is
safe to repeat; here each service is asked at its own port, without anybody, whether it is there, and no answer is an
answer. What the demo world asks as an administrator has a minute's patience of its own, for a bank that is starting,
and ends at once when the bank is told to stop.
"""

import json
from dataclasses import dataclass
from typing import Any

import urllib3

_POOL = urllib3.PoolManager(maxsize=8, retries=False)


class BankAwayError(Exception):
    """No answer: nothing listens, or not in time."""


@dataclass(frozen=True)
class Reply:
    """An HTTP answer with its JSON body; `{}` when the body is no JSON object."""

    status: int
    body: dict[str, Any]


def call(
    method: str, url: str, *, token: str | None = None, payload: object = None, timeout_seconds: float = 2.0
) -> Reply:
    """Make one call. Raises BankAwayError when there is no answer."""
    headers = {"Accept": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if payload is not None:
        headers["Content-Type"] = "application/json"
    body = None if payload is None else json.dumps(payload)
    try:
        reply = _POOL.request(method, url, body=body, headers=headers, timeout=timeout_seconds)
    except urllib3.exceptions.HTTPError as error:
        raise BankAwayError(str(error)) from error
    try:
        content = json.loads(reply.data)
    except ValueError:
        content = {}
    return Reply(reply.status, content if isinstance(content, dict) else {})

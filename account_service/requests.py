"""From an HTTP request to what a use case needs: who asks, and the idempotency key."""

import re

from flask import request

from account_service.viewer import Viewer
from shared.access import SIMULATE, current_identity
from shared.refusals import IDEMPOTENCY_KEY_INVALID, Refused

_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


def current_viewer() -> Viewer:
    """Who makes the request."""
    identity = current_identity()
    return Viewer(identity.user_id, is_staff=identity.is_staff, simulates=SIMULATE in identity.scopes)


def idempotency_key() -> str | None:
    """The request's Idempotency-Key. Raises Refused (400) for one that is not 1-255 visible ASCII characters."""
    keys = request.headers.getlist("Idempotency-Key")
    if not keys:
        return None
    if len(keys) > 1 or _KEY.fullmatch(keys[0]) is None:
        raise Refused(IDEMPOTENCY_KEY_INVALID)
    return keys[0]

"""The key under which a page's form is carried out: the same for the same form and content, another for any other.

A form gets an id when it is first rendered and keeps it through review, retry and the Back button. Together with what
the form says it makes the Idempotency-Key. So sending the same again moves money once, and changing something after
all is a new request instead of a key that was used for a different one.
"""

import json
from collections.abc import Mapping
from uuid import UUID, uuid5

from shared.identifiers import is_id, new_id


def form_id(kept: str | None) -> str:
    """The id that the form brought with it, or a new one."""
    return kept if kept and is_id(kept) else new_id()


def key_of(form: str, action: str, content: Mapping[str, str]) -> str:
    """The key of doing this with this content out of this form. `form` is an id from `form_id`."""
    return str(uuid5(UUID(form), json.dumps([action, sorted(content.items())])))

"""Every way this service itself says no; the general ones are in `shared/refusals.py`."""

from shared.refusals import Refusal

TOO_MANY_WEBHOOKS = Refusal(
    "TOO_MANY_WEBHOOKS",
    409,
    "You have as many webhooks as one may have.",
    when="Somebody who has `details.limit` webhooks makes another.",
    remedy="Delete one, or have an existing one hear of more events.",
    example={"limit": 10},
)

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
ONLY_IN_DEVELOPMENT = Refusal(
    "ONLY_IN_DEVELOPMENT",
    403,
    "A bank in production does not do this.",
    when="Chaos is asked for on the way to a webhook, or what lies in the mailbox, in a bank in production.",
    remedy="Try it with a bank in development.",
)

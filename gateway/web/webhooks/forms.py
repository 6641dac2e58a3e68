"""Where a program wants to hear of what."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import BooleanField, IntegerField, SelectChoice, SelectMultipleField, StringField
from wtforms.validators import Length, NumberRange

from gateway.web.base_form import BaseForm, FilterForm, status_filter
from sandbank.types.webhooks import Webhook, WebhookEventType

EVERYTHING = "*"
_LONGEST_URL, _LONGEST_NAME = 2000, 200
_LONGEST_DELAY_SECONDS = 3600
_STATUSES = ("queued", "due", "sending", "delivered", "failed")


class WebhookForm(BaseForm):
    """The address, and the types of event; none that is ticked is all there are."""

    url = StringField(
        "Address",
        [Length(max=_LONGEST_URL)],
        description="Where to send messages, such as https://example.org/hooks/bank. Leave it empty to fetch events "
        "from the API instead.",
        render_kw={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"},
    )
    description = StringField(
        "Name (optional)",
        [Length(max=_LONGEST_NAME)],
        description="What it is for, such as Bookkeeping.",
        render_kw={"autocomplete": "off"},
    )
    events = SelectMultipleField("Tell it of", validate_choice=False)

    def offer(self, types: Sequence[WebhookEventType]) -> None:
        """The types of event that there are to choose from."""
        named = [one["type"] for one in types if not one["type"].startswith("webhook.")]
        self.events.choices = [SelectChoice(name, name) for name in named]

    def show(self, webhook: Webhook) -> None:
        """Fill in what it is now."""
        self.url.data, self.description.data = webhook["url"] or "", webhook["description"]
        self.events.data = [name for name in webhook["events"] if name != EVERYTHING]

    def payload(self) -> dict[str, Any]:
        """What the typed client is asked with."""
        url, description = (self.url.data or "").strip(), (self.description.data or "").strip()
        return {"url": url or None, "events": self.events.data or [EVERYTHING], "description": description}


class ChaosForm(BaseForm):
    """What is to go wrong on purpose on the way to a webhook; nothing, where nothing is ticked."""

    duplicate = BooleanField("Messages come twice", description="With the same id: yours has to work on them once.")
    reorder = BooleanField("Messages come in any order", description="Even those about one account.")
    drop_first = BooleanField("The first try is lost", description="They arrive with the second, seconds later.")
    delay_seconds = IntegerField(
        "Messages come late, by",
        [NumberRange(0, _LONGEST_DELAY_SECONDS)],
        default=0,
        render_kw={"inputmode": "numeric", "min": "0", "max": str(_LONGEST_DELAY_SECONDS), "autocomplete": "off"},
    )

    def show(self, webhook: Webhook) -> None:
        """Fill in what goes wrong now."""
        chaos: Mapping[str, Any] = webhook["chaos"]
        for name, value in chaos.items():
            self[name].data = value

    def payload(self) -> dict[str, Any]:
        """What the typed client is asked with."""
        ticked = {name: self[name].data for name in ("duplicate", "reorder", "drop_first")}
        return {**ticked, "delay_seconds": self.delay_seconds.data or 0}


class DeliveryFilters(FilterForm):
    """What a list of deliveries is narrowed to."""

    status = status_filter(_STATUSES)

"""What is to go wrong, with which requests."""

from typing import Any

from wtforms import IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from gateway.web.base_form import BaseForm

KINDS = {
    "latency": "The request is kept for a while",
    "error": "The bank answers with an error",
    "reset": "The connection breaks before anything is done",
    "reply_lost": "Everything is done, and the reply is lost",
    "stale_read": "A read answers what it answered before",
    "rate_limited": "Too many requests: come again later",
}
"""The kinds of fault, as people say them."""
_STATUSES = {"503": "503, a service is away", "500": "500, something went wrong", "504": "504, no answer in time"}
_STATUSES["502"] = "502, a page of a proxy instead of JSON"
_METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE")
_WHOLE_NUMBER = {"inputmode": "numeric", "autocomplete": "off"}
_TYPED = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class FaultForm(BaseForm):
    """A fault to be added. What is left empty is as the service has it."""

    kind = SelectField("What goes wrong", choices=[SelectChoice(kind, told) for kind, told in KINDS.items()])
    path = StringField(
        "With requests to",
        [InputRequired()],
        default="/api/transactions/transfer",
        description="A path of the API. * stands for one segment, at the end for all that follow.",
        render_kw=_TYPED,
    )
    method = SelectField("Method", choices=[SelectChoice("", "Any"), *(SelectChoice(name, name) for name in _METHODS)])
    status = SelectField(
        "Error",
        choices=[SelectChoice("", "503 where it is an error"), *map(SelectChoice, _STATUSES, _STATUSES.values())],
    )
    milliseconds = IntegerField(
        "Milliseconds (optional)",
        [Optional()],
        description="How long a request is kept, how old an answer may be, when to come again.",
        render_kw=_WHOLE_NUMBER,
    )
    percent = IntegerField(
        "Of such requests", [InputRequired(), NumberRange(1, 100)], default=100, render_kw=_WHOLE_NUMBER
    )
    times = IntegerField(
        "How often (optional)",
        [Optional()],
        description="Without a number: until it is removed.",
        render_kw=_WHOLE_NUMBER,
    )
    user_id = StringField("Only for (optional)", description="The id of a user, as on their page.", render_kw=_TYPED)

    def payload(self) -> dict[str, Any]:
        """What the typed client is asked with."""
        return {
            "kind": self.kind.data,
            "path": (self.path.data or "").strip(),
            "method": self.method.data or None,
            "status": int(self.status.data) if self.status.data else None,
            "milliseconds": self.milliseconds.data,
            "probability": (self.percent.data or 100) / 100,
            "times": self.times.data,
            "user_id": (self.user_id.data or "").strip() or None,
        }

"""The two kinds of order that the pages know: payments again and again, and payments once, on a day."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from gateway.web.api_client import in_path
from gateway.web.orders.change_forms import ChangeOneTimeForm, ChangeStandingOrderForm
from gateway.web.orders.forms import OneTimeForm, StandingOrderForm


@dataclass(frozen=True)
class Kind:
    """A kind of order: where its API and its pages are, its forms, and what is said of it."""

    api_path: str
    name: str
    plural: str
    form: type[OneTimeForm]
    change_form: type[ChangeOneTimeForm]
    listing: str
    arrange: str
    details: str
    change: str
    end: str
    id_name: str

    def path_of(self, order_id: str) -> str:
        """Where the API has one of them."""
        return f"{self.api_path}/{in_path(order_id)}"

    def url(self, endpoint: str, order_id: str) -> str:
        """The address of one of its pages, or of what is done there."""
        named: dict[str, Any] = {self.id_name: order_id}
        return url_for(endpoint, **named)

    @property
    def is_repeated(self) -> bool:
        """Whether it is paid again and again."""
        return self.form is StandingOrderForm


STANDING = Kind(
    "/api/standing-orders",
    "standing order",
    "Standing orders",
    StandingOrderForm,
    ChangeStandingOrderForm,
    "orders.standing",
    "orders.arrange_standing",
    "orders.details",
    "orders.change_standing",
    "orders.end",
    "order_id",
)
SCHEDULED = Kind(
    "/api/scheduled-payments",
    "scheduled payment",
    "Scheduled payments",
    OneTimeForm,
    ChangeOneTimeForm,
    "orders.scheduled",
    "orders.arrange_scheduled",
    "orders.scheduled_details",
    "orders.change_scheduled",
    "orders.call_off",
    "payment_id",
)

"""Whom a list is narrowed to that employees read: the customer whom the address names."""

from dataclasses import dataclass
from typing import Any

from flask import request
from flask_login import current_user

from gateway.web.api_client import api
from sandbank.types import User


@dataclass(frozen=True)
class CustomerNamed:
    """The customer; nobody where the reader is none of the staff, or asks for everybody's."""

    person: User | None = None

    @property
    def id(self) -> str | None:
        """Their id, as the API filters by it."""
        return None if self.person is None else self.person["id"]

    @property
    def name(self) -> str:
        """What they are called."""
        return "" if self.person is None else self.person["full_name"] or self.person["username"]

    @property
    def query(self) -> dict[str, Any]:
        """What stays in the address of the list's other pages."""
        return {} if self.person is None else {"customer": self.person["id"]}


def customer_named() -> CustomerNamed:
    """By `?customer=` of the address. Raises Refused (404) where there is no such user."""
    user_id = request.args.get("customer", "")
    if not user_id or not current_user.is_staff:
        return CustomerNamed()
    return CustomerNamed(api().auth.user(user_id).data)

"""From an HTTP request to an order, with who asks and the scope that a time needs; and from its outcome to a reply."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import update_wrapper
from typing import Any, NamedTuple

from flask import Response, current_app, g, request

from shared.audit import client_of_header
from shared.enums import CHANNEL_HEADER, Channel
from shared.http.idempotency import idempotency_key
from shared.identity.access import ACQUIRE, SIMULATE, STAFF, current_identity
from shared.identity.client_address import address_of
from shared.identity.tokens import Identity, TokenVerifier
from shared.refusals import forbidden
from shared.time import clock
from transaction_service.context import LedgerContext, context
from transaction_service.ledger.decisions import Actor
from transaction_service.ledger.movement_rules import RULES
from transaction_service.ledger.orders import REPLAYED, Order, Outcome

JSON_TYPE = "application/json"
_CHANNEL = f"HTTP_{CHANNEL_HEADER.upper().replace('-', '_')}"


class OrderContext(NamedTuple):
    """What an order says of the request that asks for it, and the ledger that is asked."""

    ledger: LedgerContext
    actor: Actor
    key: str | None
    request_id: str


OrderMaker = Callable[..., Order]
"""From an `Asked` and the request's `body` and `path`, where it has them, to the order. It may raise Refused."""


def posts_order(make_order: OrderMaker) -> Callable[..., Response]:
    """The view of a route that posts one order: what makes the order of it. The fast lane answers it too.

    Stands below all other decorators.
    """

    def view(**parsed: Any) -> Response:
        asked = OrderContext(context(), current_actor(), idempotency_key(), g.request_id)
        return _posted(make_order(asked, **parsed))

    update_wrapper(view, make_order)
    del view.__wrapped__  # type: ignore[attr-defined]  # the view's own signature is read, not what it wraps
    view.__annotations__ = {name: kind for name, kind in make_order.__annotations__.items() if name in ("body", "path")}
    view.order_of = make_order  # type: ignore[attr-defined]
    return view


def current_actor() -> Actor:
    """Who makes the request being served, as the ledger sees it."""
    return actor_of(current_identity(), request.environ, current_app.extensions["token_verifier"])


def whose(user_id: str | None = None) -> str | None:
    """Whose things are asked for: a customer's are their own; staff name somebody, or nobody for everybody's (None).

    Raises Refused (403) for a customer who names somebody else.
    """
    identity = current_identity()
    if identity.is_staff:
        return user_id
    if user_id not in (None, identity.user_id):
        raise forbidden("Only employees look at what is somebody else's.", role=identity.role, roles=STAFF.roles)
    return identity.user_id


def actor_of(identity: Identity, environ: Mapping[str, Any], verifier: TokenVerifier) -> Actor:
    """Somebody who asks, as the ledger sees them; of staff also from where and with what: what they do is audited."""
    is_staff = identity.is_staff
    return Actor(
        identity.user_id,
        is_staff=is_staff,
        simulates=SIMULATE in identity.scopes,
        acquires=ACQUIRE in identity.scopes,
        is_service=identity.is_service,
        name=identity.username,
        role=identity.role,
        session_id=identity.session_id,
        channel=_channel(identity, environ.get(_CHANNEL)),
        address=address_of(environ, verifier) if is_staff else None,
        client=client_of_header(environ.get("HTTP_USER_AGENT")) if is_staff else None,
    )


def _channel(identity: Identity, said: str | None) -> str:
    """By which way the request came. Nothing is decided by it: a program that has a person's token can say anything."""
    if identity.is_service and SIMULATE in identity.scopes:
        return Channel.SIMULATOR.value
    return said if said in (Channel.WEB, Channel.CLI) else Channel.API.value


def movement_order(actor: Actor, movement_type: str, body: Any, *, key: str | None, request_id: str) -> Order:
    """The order that a checked request body describes. Raises Refused when only a simulation may ask for it."""
    effective_at = named_time(actor, body.effective_at)
    if not RULES[movement_type].is_public and not actor.simulates:
        message = f"Entries of the type {movement_type} are the bank's own, or need the scope {SIMULATE}."
        raise forbidden(message, role=actor.role, scope=SIMULATE)
    names = vars(body).get  # the accounts that it names: which ones depends on the model
    return Order(  # in the order of its fields: by their names it takes twice as long, thousands of times a batch
        actor,
        movement_type,
        body.amount,
        request_id,
        names("account_id"),
        names("from_account_id"),
        names("to_account_id"),
        names("to_account_number"),
        body.currency,
        body.description,
        body.category,
        effective_at,
        key,
        quote_id=names("quote_id"),
        end_to_end_id=names("end_to_end_id"),
    )


def named_time(actor: Actor, effective_at: datetime | None) -> int | None:
    """The time that an order names; None for now. Raises Refused when only a simulation may name one."""
    if effective_at is None:
        return None
    if not actor.simulates:
        raise forbidden(f"Setting effective_at needs the scope {SIMULATE}.", role=actor.role, scope=SIMULATE)
    return clock.from_datetime(effective_at)


def _posted(order: Order) -> Response:
    """Carry the order out, and the reply to it."""
    for refused in context().recipients.too_many(order.actor, [order]).values():
        raise refused
    (outcome,) = context().commits.post([order])
    return reply_to(outcome)


def reply_to(outcome: Outcome) -> Response:
    """The reply to one order."""
    response = Response(reply_text(outcome), status=outcome.http_status, mimetype=JSON_TYPE)
    response.headers.extend(reply_headers(outcome))
    return response


def reply_text(outcome: Outcome) -> str:
    """The body of the reply to one order."""
    return f'{{"success":true,"data":{outcome.body}}}' if outcome.succeeded else outcome.body


def reply_headers(outcome: Outcome) -> list[tuple[str, str]]:
    """What the head of that reply says of it."""
    return [("Idempotent-Replayed", "true")] if outcome.status == REPLAYED else []

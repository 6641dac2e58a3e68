"""Quotes over HTTP: parse, call, render."""

from flask_openapi3 import Tag

from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.http.application import SECURED, ViewReply
from shared.http.payloads import reply_of, success
from shared.identity.access import PRIVATE, access
from shared.refusals import NOT_FOUND
from shared.service_refusals import CURRENCY_MISMATCH, MOVEMENT_LIMIT_EXCEEDED, USER_ERASED
from transaction_service.context import context
from transaction_service.exchange.payloads import Quote, QuoteRequest
from transaction_service.exchange.quotes import make_quote
from transaction_service.exchange.refusals import AMOUNT_TOO_SMALL, RATE_UNAVAILABLE
from transaction_service.refusals import CLOCK_JUMPED
from transaction_service.requests import current_actor

blueprint = ServiceBlueprint(
    "quotes",
    __name__,
    url_prefix="/api/transactions",
    abp_security=SECURED,
    abp_tags=[Tag(name="Quotes", description="What the bank gives of another currency.")],
)


@blueprint.post("/quotes", responses={"201": reply_of(Quote)}, summary="Quote exchange")
@access(PRIVATE)
@refuses(
    CLOCK_JUMPED, RATE_UNAVAILABLE, AMOUNT_TOO_SMALL, MOVEMENT_LIMIT_EXCEEDED, CURRENCY_MISMATCH, USER_ERASED, NOT_FOUND
)
def make_exchange_quote(body: QuoteRequest) -> ViewReply:
    with context().database.write() as connection:
        now_us = context().machine_clock.now_us()
        return success(make_quote(connection, current_actor(), body, now_us=now_us)), 201

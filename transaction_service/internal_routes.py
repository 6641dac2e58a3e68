"""The ledger for other services: accounts, balances, the journal feed, the proof, and emptying a development bank."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from flask import Response, g
from pydantic import Field, StringConstraints
from sqlalchemy import Connection

from shared.amounts.money import LARGEST_MOVEMENT_MINOR
from shared.contract.blueprint import ServiceBlueprint
from shared.enums import STAFF_ROLES, Channel, LedgerAccountStatus
from shared.events.event_feed import events_page
from shared.events.feeds import READ_SCOPE, FeedQuery
from shared.http.application import ViewReply
from shared.http.pagination import IdRangeQuery
from shared.http.payloads import CurrencyCode, Id, Line, RequestModel, success
from shared.identity.access import access, service_only
from shared.network.http_client import LONGEST_REQUEST_ID
from shared.refusals import Refused
from shared.service_refusals import NOT_A_SANDBOX
from shared.time import clock
from transaction_service.card_bills.billing import Asker
from transaction_service.card_bills.credit_lines import LineTerms
from transaction_service.context import context
from transaction_service.due_work import bank_clock
from transaction_service.events import JournalPage
from transaction_service.exchange import rates
from transaction_service.exchange.payloads import DayPath, RatesRequest
from transaction_service.history import journal_feed
from transaction_service.interest import accrued_interest
from transaction_service.interest.payloads import PlanCode
from transaction_service.ledger import account_lifecycle, reset
from transaction_service.ledger.account_lifecycle import Opening, Terms
from transaction_service.ledger.decisions import Actor
from transaction_service.models import events, feed_heads
from transaction_service.orders import direct_debits, payment_orders
from transaction_service.payloads import AccountPath
from transaction_service.proof import account_listing, reconciliation
from transaction_service.requests import JSON_TYPE

blueprint = ServiceBlueprint("internal", __name__, url_prefix="/internal", doc_ui=False)

ACCOUNTS_SCOPE = "ledger:accounts"
PROOF_SCOPE = "ledger:read"
CLOCK_SCOPE = "ledger:clock"
RESET_SCOPE = "bank:reset"
_MinorUnits = Annotated[int, Field(ge=0, le=10**15)]
_MovementLimit = Annotated[int, Field(ge=0, le=LARGEST_MOVEMENT_MINOR)]


class CreditLineTerms(RequestModel):
    """How the account of a credit card is billed, and settled from another account of the same person."""

    settlement_account_id: Id
    billing_day: int = Field(ge=1, le=28)
    rate_plan: PlanCode


class OpeningRequest(RequestModel):
    """The facts of a new ledger account; amounts in minor units."""

    owner_id: Id
    account_number: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{5,34}$")]
    holder_name: Annotated[Line, Field(min_length=1, max_length=200)]
    account_type: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,20}$")]
    currency: CurrencyCode
    floor_minor: Annotated[int, Field(ge=-(10**15), le=0)] = 0
    movement_limit_minor: _MovementLimit
    daily_limit_minor: _MinorUnits
    synthetic: bool = False
    initial_deposit_minor: _MinorUnits = 0
    opened_by: Annotated[Line, Field(min_length=1, max_length=50)]
    rate_plan: PlanCode | None = None
    credit_line: CreditLineTerms | None = None


class BatchOpening(OpeningRequest):
    """The same, naming its account."""

    account_id: Id


class BatchOpeningRequest(RequestModel):
    """Many openings in one commit."""

    accounts: list[BatchOpening] = Field(min_length=1, max_length=500)


_SERVICE = "service"


class StatusAsker(RequestModel):
    """Who asked the account service, and in which request; the words are kept as they come."""

    user_id: Annotated[Line, Field(max_length=64)]
    name: Annotated[Line, Field(max_length=200)] | None = None
    role: Annotated[Line, Field(max_length=20)] | None = None
    session_id: Annotated[Line, Field(max_length=64)] | None = None
    channel: Channel = Channel.API
    request_id: Annotated[Line, Field(max_length=LONGEST_REQUEST_ID)]

    def asker(self) -> Asker:
        """Them, as the bank books for them what is due when an account is closed."""
        actor = Actor(
            self.user_id,
            is_bank=True,
            is_staff=self.role in STAFF_ROLES,
            is_service=self.role == _SERVICE,
            name=self.name,
            role=self.role,
            session_id=self.session_id,
            channel=self.channel.value,
        )
        return Asker(actor, self.request_id)


class StatusRequest(RequestModel):
    """A new status, why, and who asked for it."""

    status: Literal["open", "frozen", "closed"]
    reason: Annotated[Line, Field(max_length=500)] | None = None
    by: StatusAsker | None = None


class TermsRequest(RequestModel):
    """An account's terms from now on; amounts in minor units. An older version than the one in force is ignored."""

    version: int = Field(ge=1, le=2**63 - 1)
    holder_name: Annotated[Line, Field(min_length=1, max_length=200)]
    floor_minor: Annotated[int, Field(ge=-(10**15), le=0)]
    movement_limit_minor: _MovementLimit
    daily_limit_minor: _MinorUnits
    rate_plan: PlanCode | None = None
    credit_line: CreditLineTerms | None = None


class BalancesRequest(RequestModel):
    """Which accounts to look at."""

    account_ids: list[Id] = Field(max_length=1000)


class AccountsQuery(IdRangeQuery):
    """A range of accounts, and the journal position as at which their balances are wanted (without it: now)."""

    at: int | None = Field(None, ge=0, le=2**63 - 1)


@blueprint.get("/ledger/accounts")
@access(service_only(PROOF_SCOPE))
def list_accounts(query: AccountsQuery) -> ViewReply:
    with context().database.read() as connection:
        at = journal_feed.head(connection) if query.at is None else query.at
        rows = account_listing.page(connection, after=query.after, until=query.until, limit=query.limit, at=at)
        return {"success": True, "data": rows, "head": journal_feed.head(connection)}


@blueprint.put("/ledger/accounts/<account_id>")
@access(service_only(ACCOUNTS_SCOPE))
def open_account(path: AccountPath, body: OpeningRequest) -> ViewReply:
    return success(_open([Opening(account_id=path.account_id, **_facts(body))])[0])


@blueprint.post("/ledger/accounts/batch")
@access(service_only(ACCOUNTS_SCOPE))
def open_many(body: BatchOpeningRequest) -> ViewReply:
    return success(_open([Opening(**_facts(opening)) for opening in body.accounts]))


@blueprint.put("/ledger/accounts/<account_id>/status")
@access(service_only(ACCOUNTS_SCOPE))
def set_status(path: AccountPath, body: StatusRequest) -> ViewReply:
    with context().database.write() as connection:
        clock_here = context().machine_clock
        now_us, book_at = clock_here.shown_us(), clock_here.now_us
        by = None if body.by is None else body.by.asker()
        row = account_lifecycle.set_status(
            connection, path.account_id, body.status, body.reason, now_us=now_us, book_at=book_at, by=by
        )
        if row.status == LedgerAccountStatus.CLOSED:
            bank_time = bank_clock.read(connection, now_us=now_us).now_us
            payment_orders.cancel_all_from(connection, path.account_id, bank_time)
            direct_debits.end_all_of(connection, row.key, path.account_id, bank_time)
        return success(_rendered(connection, [row])[0])


@blueprint.put("/ledger/accounts/<account_id>/terms")
@access(service_only(ACCOUNTS_SCOPE))
def set_terms(path: AccountPath, body: TermsRequest) -> ViewReply:
    with context().database.write() as connection:
        terms = Terms(**_facts(body))
        now_us = context().machine_clock.shown_us()
        row = account_lifecycle.set_terms(connection, path.account_id, terms, now_us=now_us)
    if terms.credit_line is not None:
        context().due_worker.wake()
    return success(account_lifecycle.render_terms(row))


@blueprint.post("/ledger/balances")
@access(service_only(ACCOUNTS_SCOPE))
def balances(body: BalancesRequest) -> ViewReply:
    with context().database.read() as connection:
        return success(_rendered(connection, account_lifecycle.customers(connection, body.account_ids)))


@blueprint.put("/ledger/exchange-rates/<day>")
@access(service_only(ACCOUNTS_SCOPE))
def set_exchange_rates(path: DayPath, body: RatesRequest) -> ViewReply:
    with context().database.write() as connection:
        rates.keep(connection, body.of_day(path.number))
    return success({"day": path.day})


@blueprint.get("/ledger/clock")
@access(service_only(CLOCK_SCOPE))
def bank_time() -> ViewReply:
    with context().database.read() as connection:
        shown = bank_clock.read(connection, now_us=context().machine_clock.shown_us())
        return success({"bank_time": clock.to_wire(shown.now_us), "running": shown.is_running})


@blueprint.get("/journal", responses={"200": JournalPage})
@access(service_only(READ_SCOPE))
def journal(query: FeedQuery) -> ViewReply:
    with context().database.read() as connection:
        rows = context().feed_texts.page(connection, after=query.after, limit=query.limit)
        head = journal_feed.head(connection)
    return Response(f'{{"success":true,"data":{rows},"head":{head}}}', mimetype=JSON_TYPE)


@blueprint.get("/events")
@access(service_only(READ_SCOPE))
def list_events(query: FeedQuery) -> ViewReply:
    with context().database.read() as connection:
        return events_page(connection, feed_heads, events, query)


@blueprint.get("/ledger/proof")
@access(service_only(PROOF_SCOPE))
def proof() -> ViewReply:
    with context().database.read() as connection:
        position = journal_feed.head(connection)
    found = reconciliation.findings(context().database)
    return success({"findings": [finding.as_dict() for finding in found], "position": position})


@blueprint.post("/reset")
@access(service_only(RESET_SCOPE))
def empty() -> ViewReply:
    if context().is_production:
        raise Refused(NOT_A_SANDBOX)
    with context().database.write() as connection:
        reset.empty(connection)
    context().feed_texts.forget()
    context().due_worker.wake()
    return success({"reset": True})


def _facts(body: OpeningRequest | TermsRequest) -> dict[str, Any]:
    """What a request says, its credit line as the ledger knows one."""
    line = body.credit_line
    return body.model_dump() | {"credit_line": None if line is None else LineTerms(**line.model_dump())}


def _open(openings: list[Opening]) -> list[dict[str, object]]:
    with context().database.write() as connection:
        rows = account_lifecycle.open_accounts(
            connection, openings, now_us=context().machine_clock.now_us(), request_id=g.request_id
        )
        rendered = _rendered(connection, rows)
    if any(opening.credit_line is not None for opening in openings):
        context().due_worker.wake()
    return rendered


def _rendered(connection: Connection, rows: Sequence[Any]) -> list[dict[str, object]]:
    """Accounts as services see them, with the bank's time now, by which they date what they do."""
    bank_time = _bank_time_us(connection)
    standings = accrued_interest.of_accounts(connection, [row.key for row in rows], bank_time=bank_time)
    return [
        {
            **account_lifecycle.render(row),
            **accrued_interest.render(standings.get(row.key), row.currency, row.floor_minor),
            "bank_time": clock.to_wire(bank_time),
        }
        for row in rows
    ]


def _bank_time_us(connection: Connection) -> int:
    return bank_clock.read(connection, now_us=context().machine_clock.shown_us()).now_us

"""Cards over HTTP for the account service, which issues them and says what they may do."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from shared.contract.blueprint import ServiceBlueprint
from shared.enums import CardKind, CardStatus
from shared.http.application import ViewReply
from shared.http.pagination import IdRangeQuery
from shared.http.payloads import Id, PathModel, RequestModel, success
from shared.identity.access import access, service_only
from shared.time import clock
from transaction_service.cards import card_rows, issuing
from transaction_service.cards.issuing import CardState, NewCard
from transaction_service.context import context
from transaction_service.due_work import bank_clock
from transaction_service.internal_routes import ACCOUNTS_SCOPE, PROOF_SCOPE

blueprint = ServiceBlueprint("internal_cards", __name__, url_prefix="/internal/ledger/cards", doc_ui=False)

_Limit = Annotated[int, Field(ge=0, le=10**15)] | None
CategoryCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]


class CardPath(PathModel):
    """A card named in the path by the account service."""

    card_id: Id


class LimitsInMinorUnits(RequestModel):
    """How much may be paid with a card; null for no limit."""

    per_payment_minor: _Limit = None
    daily_minor: _Limit = None
    monthly_minor: _Limit = None


class Controls(RequestModel):
    """What a card may be used for."""

    online: bool
    contactless: bool
    abroad: bool
    cash: bool


class StateRequest(RequestModel):
    """What a card may do from now on. An older version than the one in force is ignored."""

    version: int = Field(ge=1, le=2**63 - 1)
    status: CardStatus
    limits: LimitsInMinorUnits
    controls: Controls
    blocked_categories: list[CategoryCode] = Field(max_length=100)

    @property
    def state(self) -> CardState:
        """The same for the ledger."""
        return CardState(
            version=self.version,
            status=self.status.value,
            **self.limits.model_dump(),
            **{f"allows_{name}": allowed for name, allowed in self.controls.model_dump().items()},
            blocked_categories=tuple(self.blocked_categories),
        )


class CardRequest(StateRequest):
    """A card to be known from now on, with its number and code, of which only digests are kept."""

    account_id: Id
    kind: CardKind
    card_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{12,19}$"), Field(repr=False)]
    security_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{3,4}$"), Field(repr=False)]
    expires: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]


@blueprint.put("/<card_id>")
@access(service_only(ACCOUNTS_SCOPE))
def issue_card(path: CardPath, body: CardRequest) -> ViewReply:
    card = NewCard(
        card_id=path.card_id,
        account_id=body.account_id,
        kind=body.kind.value,
        card_number=body.card_number,
        security_code=body.security_code,
        expires=body.expires,
        state=body.state,
    )
    with context().database.write() as connection:
        row = issuing.issue(connection, context().card_secrets, card)
        return success({**_rendered(row), "bank_time": _bank_time(connection)})


@blueprint.put("/<card_id>/state")
@access(service_only(ACCOUNTS_SCOPE))
def set_card_state(path: CardPath, body: StateRequest) -> ViewReply:
    with context().database.write() as connection:
        row = issuing.set_state(connection, path.card_id, body.state)
        return success({**_rendered(row), "bank_time": _bank_time(connection)})


@blueprint.get("")
@access(service_only(PROOF_SCOPE))
def list_cards(query: IdRangeQuery) -> ViewReply:
    with context().database.read() as connection:
        return success(card_rows.page(connection, after=query.after, until=query.until, limit=query.limit))


def _rendered(row: Any) -> dict[str, Any]:
    return {
        "card_id": row.id,
        "account_id": row.account_id,
        "currency": row.currency,
        "version": row.version,
        "status": row.status,
    }


def _bank_time(connection: Any) -> str:
    return clock.to_wire(bank_clock.read(connection, now_us=context().machine_clock.shown_us()).now_us)

"""Opening accounts: key and account are written down in one commit, then the ledger opens, then we call it open."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Response
from flask_sqlalchemy.session import Session
from sqlalchemy.exc import IntegrityError

from account_service import audit, auth_client, repository, serializers
from account_service.account_numbers import new_account_number
from account_service.auth_client import Owner
from account_service.caller import Caller
from account_service.context import AccountContext
from account_service.lifecycle import OPEN, OPENING
from account_service.models import OpeningKey, ProductVersion
from account_service.pending_changes import LEASE_US, as_told, open_in_ledger
from account_service.products import repository as products
from account_service.refusals import ACCOUNT_LIMIT_REACHED, OWNER_DISABLED, OWNER_UNKNOWN
from account_service.serializers import LedgerState
from account_service.settings import Settings
from shared.amounts import money
from shared.amounts.currencies import MINOR_UNIT_DIGITS
from shared.http.field_problems import FieldError, invalid, invalid_fields
from shared.identifiers import new_id
from shared.refusals import IDEMPOTENCY_KEY_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED, UNAVAILABLE, Refused
from shared.service_refusals import MOVEMENT_LIMIT_EXCEEDED
from shared.time import clock

_ATTEMPTS = 5


@dataclass(frozen=True)
class Order:
    """An account that somebody asks for. `initial_deposit` is the decimal text that was sent.

    `product` is one of its type, by code; None for the type's own. `effective_at` (microseconds) is when it opens in a
    simulated past. `chosen_id` is what a simulation would have it have as its id; its number follows from that.
    """

    owner_id: str
    account_type: str
    currency: str
    nickname: str | None = None
    initial_deposit: str | None = None
    idempotency_key: str | None = None
    effective_at: int | None = None
    product: str | None = None
    chosen_id: str | None = None

    @property
    def request_hash(self) -> str:
        """SHA-256 over everything that makes the request what it is."""
        facts: list[object] = [
            self.owner_id,
            self.account_type,
            self.currency,
            self.nickname,
            self.initial_deposit,
        ]
        if self.effective_at is not None:
            facts.append(self.effective_at)
        if self.product is not None:
            facts.append({"product": self.product})
        if self.chosen_id is not None:
            facts.append({"id": self.chosen_id})
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to an order: `body` is the JSON text of what was made (201) or of the error envelope."""

    status: int
    body: str
    replayed: bool = False

    def response(self) -> Response:
        """As HTTP."""
        text = self.body if self.status >= 400 else f'{{"success":true,"data":{self.body}}}'
        response = Response(text, status=self.status, mimetype="application/json")
        if self.replayed:
            response.headers["Idempotent-Replayed"] = "true"
        return response


@dataclass(frozen=True, slots=True)
class Draft:
    """Rows about to be written: an account, and the key it is opened with."""

    account: dict[str, Any]
    key: dict[str, Any] | None


def open_account(context: AccountContext, caller: Caller, order: Order) -> Reply:
    """Open one account, or answer again what this key was answered.

    Raises Refused; after 503 or 504 the outcome is unknown and the same key tells it.
    """
    with context.database.read_session() as session:
        known = _known(session, caller, order)
    if known is not None:
        return _replay(context, order, known)
    auth_client.check_may_open_for(caller, order.owner_id)
    owner = context.owners.find(order.owner_id)
    refusal = auth_client.obstacle(caller, owner)
    if owner is None or refusal is not None:
        raise Refused(refusal or OWNER_UNKNOWN)
    with context.database.read_session() as session:
        check_product(products.first_versions(session), order)
    draft = drafted(context.settings, caller, order, owner, lease_us=LEASE_US)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with context.database.write_session() as session:
                known = _known(session, caller, order)
                if known is None:
                    used = repository.living_accounts_of(session, [owner.id]).get(owner.id, 0)
                    check_room(context.settings, used)
                    write_down(session, context.settings, [draft])
                    (account,) = repository.accounts_by_id(session, [draft.account["id"]]).values()
            break
        except IntegrityError:  # another process took the key or the number between our look and our write
            if attempt == _ATTEMPTS:
                raise
    if known is not None:
        return _replay(context, order, known)
    outcome = open_in_ledger(context, [account])[account.id]
    shows_number = caller.sees_number(user_id=account.user_id, synthetic=account.synthetic)
    return _reply(context, account.id, outcome, shows_number=shows_number)


def check_room(settings: Settings, used: int) -> None:
    """Raises Refused (409) when a person with so many accounts may open no other."""
    if used >= settings.accounts_per_person:
        raise Refused(ACCOUNT_LIMIT_REACHED, details={"limit": settings.accounts_per_person, "used": used})


def check_product(offered: dict[str, ProductVersion], order: Order) -> None:
    """Raises Refused (422) for a product that there is not, or that is another kind of account."""
    if order.product is None:
        return
    found = offered.get(order.product)
    if found is None:
        raise invalid("product", "is not a product of this bank", code="unknown_product", product=order.product)
    if found.account_type != order.account_type:
        sentence = f"is a {found.account_type} account"
        raise invalid("product", sentence, code="other_account_type", account_type=found.account_type)


def drafted(settings: Settings, caller: Caller, order: Order, owner: Owner, *, lease_us: int) -> Draft:
    """The rows of an account about to be opened. Raises Refused for an impossible currency, amount or limit."""
    deposit_minor = _initial_deposit(settings, order)
    now = clock.now_us()
    account = {
        "id": order.chosen_id or new_id(),
        "user_id": owner.id,
        "holder_name": owner.full_name,
        "synthetic": owner.synthetic,
        "account_number": new_account_number(settings.country, settings.bank_code, follows_from=order.chosen_id),
        "account_type": order.account_type,
        "product": order.product or order.account_type,
        "currency": order.currency,
        "nickname": order.nickname,
        "floor_minor": 0,
        "movement_limit_minor": settings.limits.movement_minor(order.currency),
        "daily_limit_minor": settings.limits.daily_minor(order.currency),
        "initial_deposit_minor": deposit_minor,
        "opened_by": caller.user_id,
        "status": OPENING,
        "pending_status": OPEN,
        "pending_by": audit.asked_by_staff() if caller.is_staff else None,
        "leased_until": now + lease_us,
        "created_at": now,
        "created_at_bank": order.effective_at,
    }
    if order.idempotency_key is None:
        return Draft(account, None)
    key = {
        "caller_id": caller.user_id,
        "key": order.idempotency_key,
        "request_hash": order.request_hash,
        "account_id": account["id"],
        "shows_number": caller.sees_number(user_id=owner.id, synthetic=owner.synthetic),
    }
    return Draft(account, key)


def _initial_deposit(settings: Settings, order: Order) -> int:
    if order.currency not in MINOR_UNIT_DIGITS:
        sentence = f"{order.currency} is not a currency of this bank"
        raise invalid("currency", sentence, code="unknown_currency", currency=order.currency)
    if order.initial_deposit is None:
        return 0
    try:
        minor = money.parse_amount(order.initial_deposit, order.currency).minor
    except FieldError as error:
        raise invalid_fields({"initial_deposit": error.problem}) from None
    limit_minor = settings.limits.movement_minor(order.currency)
    if minor > limit_minor:
        figures = {"limit": limit_minor, "amount": minor}
        texts = {name: money.to_text(figure, order.currency) for name, figure in figures.items()}
        raise Refused(MOVEMENT_LIMIT_EXCEEDED, details={"currency": order.currency, **texts})
    return minor


def write_down(session: Session, settings: Settings, drafts: Iterable[Draft]) -> None:
    """Insert accounts with their keys. A number that is taken is replaced by another.

    Raises Refused (409) for somebody who was erased since auth was asked who they are.
    """
    drafts = list(drafts)
    if erased_owners(session, drafts):
        raise Refused(OWNER_DISABLED)
    taken = repository.numbers_taken(session, [draft.account["account_number"] for draft in drafts])
    for draft in drafts:
        while draft.account["account_number"] in taken:
            draft.account["account_number"] = new_account_number(settings.country, settings.bank_code)
            taken |= repository.numbers_taken(session, [draft.account["account_number"]])
        taken.add(draft.account["account_number"])
    repository.insert_accounts(session, [draft.account for draft in drafts])
    repository.claim_keys(session, [draft.key for draft in drafts if draft.key is not None])


def erased_owners(session: Session, drafts: Iterable[Draft]) -> set[str]:
    """Those for whom one of these would be opened, who were erased since auth was asked who they are."""
    return repository.erased_among(session, (draft.account["user_id"] for draft in drafts))


def _known(session: Session, caller: Caller, order: Order) -> OpeningKey | None:
    if order.idempotency_key is None:
        return None
    return repository.keys(session, caller.user_id, [order.idempotency_key]).get(order.idempotency_key)


def _replay(context: AccountContext, order: Order, known: OpeningKey) -> Reply:
    if known.request_hash != order.request_hash:
        raise Refused(IDEMPOTENCY_KEY_REUSED)
    if known.status is not None:
        return Reply(known.status, known.reply or "", replayed=True)
    now = clock.now_us()
    with context.database.write_session() as session:
        leased = repository.lease(session, [known.account_id], now=now, until=now + LEASE_US)
    if not leased:
        raise Refused(IDEMPOTENCY_KEY_IN_FLIGHT)
    (account,) = leased
    outcome = open_in_ledger(context, [account])[account.id]
    return _reply(context, account.id, outcome, shows_number=known.shows_number)


def _reply(context: AccountContext, account_id: str, outcome: LedgerState | Refused, *, shows_number: bool) -> Reply:
    """What was stored, if there is a key: a recoverer may have settled the account first."""
    with context.database.read_session() as session:
        key = repository.keys_of_accounts(session, [account_id]).get(account_id)
        account = repository.accounts_by_id(session, [account_id]).get(account_id)
    if key is not None and key.status is not None:
        return Reply(key.status, key.reply or "")
    if isinstance(outcome, Refused):
        raise as_told(outcome)
    if account is None:
        raise Refused(UNAVAILABLE, "The bank was emptied meanwhile.")
    return Reply(201, json.dumps(serializers.account(account, outcome, shows_number=shows_number)))

"""Opening up to 500 accounts at once for synthetic customers: one question to auth, one commit here, one in the ledger.

Each item has its own key and its own outcome, as in a batch of movements.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from flask import g
from sqlalchemy.exc import IntegrityError

from account_service import audit, auth_client, repository
from account_service.auth_client import Owner
from account_service.caller import Caller
from account_service.context import AccountContext
from account_service.lifecycle import is_final
from account_service.models import OpeningKey
from account_service.opening import Draft, Order, check_product, check_room, drafted, erased_owners, write_down
from account_service.pending_changes import LEASE_US, as_told, open_in_ledger
from account_service.products import repository as products
from account_service.refusals import NOT_SYNTHETIC, OWNER_DISABLED, OWNER_UNKNOWN
from shared.audit import AuditDetails, Subject
from shared.audit_enums import AuditAction, AuditSubject
from shared.enums import BatchItemStatus
from shared.http.errors import envelope
from shared.http.field_problems import invalid
from shared.refusals import IDEMPOTENCY_KEY_IN_FLIGHT, IDEMPOTENCY_KEY_REUSED, Refused

_SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one item: `body` is the JSON text of the account, or of the error envelope when refused."""

    status: BatchItemStatus
    body: str


def open_accounts(context: AccountContext, caller: Caller, orders: Sequence[Order]) -> list[Result]:
    """Open these accounts; each one's result, in order.

    Raises Refused (422) when a key stands twice in the batch or an id cannot be chosen, and 503 or 504 when auth or the
    ledger is away: then the same batch, sent again, tells the outcome.
    """
    names = [order.idempotency_key or "" for order in orders]
    if len(set(names)) != len(names):
        raise invalid("accounts", "an idempotency_key stands twice in this batch", code="repeated")
    with context.database.read_session() as session:
        known = repository.keys(session, caller.user_id, names)
    new = [order for order in orders if order.idempotency_key not in known]
    _check_ids(context, caller, orders, new)
    drafts, refused = _drafts(context, caller, new)
    if drafts:
        refused |= _open(context, drafts)
    with context.database.read_session() as session:
        settled = repository.keys(session, caller.user_id, names)
    return [
        refused.get(name) or _result(settled[name], order, replayed=name in known)
        for name, order in zip(names, orders, strict=True)
    ]


def _check_ids(context: AccountContext, caller: Caller, orders: Sequence[Order], new: Sequence[Order]) -> None:
    """Raises Refused (422) where somebody chooses an id who may not, or one that is another account's."""
    wanted = [order.chosen_id for order in new if order.chosen_id is not None]
    if not wanted:
        return
    may_choose = caller.role == _SERVICE and context.settings.may_reset
    with context.database.read_session() as session:
        taken = set(repository.accounts_by_id(session, wanted)) if may_choose else set(wanted)
    if len(set(wanted)) < len(wanted):
        taken |= {one for one in wanted if wanted.count(one) > 1}
    for position, order in enumerate(orders):
        if order in new and order.chosen_id in taken:
            if may_choose:
                raise invalid(f"accounts.{position}.id", "is another account's already", code="taken")
            sentence = "can be chosen by the simulator of a bank in development alone"
            raise invalid(f"accounts.{position}.id", sentence, code="not_chosen")


def _drafts(
    context: AccountContext, caller: Caller, orders: Sequence[Order]
) -> tuple[dict[str, Draft], dict[str, Result]]:
    """What can be opened, and what is refused at once, both by key. Nothing is stored of the latter."""
    people = context.owners.find_all(sorted({order.owner_id for order in orders})) if orders else {}
    drafts, refused = {}, {}
    with context.database.read_session() as session:
        used = repository.living_accounts_of(session, people)
        offered = products.first_versions(session)
    for order in orders:
        name = order.idempotency_key or ""
        try:
            check_product(offered, order)
            check_room(context.settings, used.get(order.owner_id, 0))
            drafts[name] = _draft(context, caller, order, people.get(order.owner_id))
            used[order.owner_id] = used.get(order.owner_id, 0) + 1
        except Refused as refusal:
            refused[name] = _refused(refusal)
    return drafts, refused


def _draft(context: AccountContext, caller: Caller, order: Order, owner: Owner | None) -> Draft:
    if owner is not None and not owner.synthetic:
        raise Refused(NOT_SYNTHETIC)
    refusal = auth_client.obstacle(caller, owner)
    if owner is None or refusal is not None:
        raise Refused(refusal or OWNER_UNKNOWN)
    draft = drafted(context.settings, caller, order, owner, lease_us=LEASE_US)
    draft.account["pending_by"] = None  # the batch is written down, and not each of its accounts
    return draft


def _open(context: AccountContext, drafts: dict[str, Draft]) -> dict[str, Result]:
    """Open these; by key those that are refused because their owner was erased since auth was asked."""
    try:
        with context.database.write_session() as session:
            erased = erased_owners(session, drafts.values())
            gone = {name for name, draft in drafts.items() if draft.account["user_id"] in erased}
            drafts = {name: draft for name, draft in drafts.items() if name not in gone}
            refused = {name: _refused(Refused(OWNER_DISABLED)) for name in gone}
            if not drafts:
                return refused
            write_down(session, context.settings, drafts.values())
            ids = [draft.account["id"] for draft in drafts.values()]
            accounts = repository.accounts_by_id(session, ids)
            told = AuditDetails(after={"accounts": len(ids)})
            audit.write_always(session, AuditAction.ACCOUNTS_OPENED, Subject(AuditSubject.BANK), told)
    except IntegrityError:  # the same batch is being carried out by another request
        raise Refused(IDEMPOTENCY_KEY_IN_FLIGHT) from None
    for outcome in open_in_ledger(context, [accounts[account_id] for account_id in ids]).values():
        if isinstance(outcome, Refused) and not is_final(outcome.refusal):
            raise as_told(outcome)
    return refused


def _result(key: OpeningKey, order: Order, *, replayed: bool) -> Result:
    if key.request_hash != order.request_hash:
        return _refused(Refused(IDEMPOTENCY_KEY_REUSED))
    if key.status is None:
        return _refused(Refused(IDEMPOTENCY_KEY_IN_FLIGHT))
    if key.status >= 400:
        return Result(BatchItemStatus.REFUSED, key.reply or "")
    return Result(BatchItemStatus.REPLAYED if replayed else BatchItemStatus.COMPLETED, key.reply or "")


def _refused(refused: Refused) -> Result:
    return Result(BatchItemStatus.REFUSED, json.dumps(envelope(refused, g.request_id)))

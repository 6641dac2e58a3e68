"""One commit in which somebody arranges something: what all of them begin with, and keys that make them happen once."""

from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic import BaseModel
from sqlalchemy import Connection

from shared.enums import FixedSide
from shared.http.json_parsing import render
from shared.refusals import IDEMPOTENCY_KEY_REUSED, NOT_FOUND, OWN_INTEREST, Refused
from shared.service_refusals import ACCOUNT_CLOSED, ACCOUNT_FROZEN, CURRENCY_MISMATCH, SAME_ACCOUNT
from transaction_service.ledger import idempotency_keys, journal
from transaction_service.ledger.decisions import Account, Actor, has_own_interest, may_act_for, may_pay
from transaction_service.ledger.idempotency_keys import Claim
from transaction_service.ledger.orders import COMPLETED, REPLAYED, Outcome, request_digest

_CREATED = 201


class Arrangement(NamedTuple):
    """The write transaction, who asks in which request, this machine's time and the bank's."""

    connection: Connection
    actor: Actor
    request_id: str
    now_us: int
    bank_time: int


def done_once(
    arrangement: Arrangement, operation: str, key: str | None, facts: tuple[Any, ...], do: Callable[[], dict[str, Any]]
) -> Outcome:
    """Do it and keep the reply under the key, or give the reply that was given before. Refusals keep nothing.

    Raises Refused (422) when the key was used for other `facts`.
    """
    if key is None:
        return Outcome(COMPLETED, _CREATED, render(do()))
    name = idempotency_keys.name_of(arrangement.actor.principal, operation, key)
    request_hash = request_digest(facts)
    used = idempotency_keys.used(arrangement.connection, [name]).get(name)
    if used is not None:
        if used.request_hash != request_hash:
            raise Refused(IDEMPOTENCY_KEY_REUSED)
        return Outcome(REPLAYED, used.status, used.body)
    body = render(do())
    claim = Claim(name, request_hash, None, None, None, _CREATED, body, arrangement.now_us)
    idempotency_keys.claim(arrangement.connection, [claim])
    return Outcome(COMPLETED, _CREATED, body)


def facts_of(body: BaseModel) -> tuple[Any, ...]:
    """What makes a request what it is. What came to be said later counts only where it is said.

    So a request that was made before, and is repeated, is still the same.
    """
    facts = body.model_dump(mode="json")
    end_to_end_id, fixed = facts.pop("end_to_end_id"), facts.pop("fixed", FixedSide.SOURCE.value)
    said_later = ("end_to_end", end_to_end_id) if end_to_end_id else ()
    return (*facts.values(), *said_later, *(("fixed", fixed) if fixed != FixedSide.SOURCE else ()))


def accounts_of(
    arrangement: Arrangement,
    own_id: str,
    other_id: str | None = None,
    other_number: str | None = None,
    *,
    may_exchange: bool = False,
) -> tuple[Account, Account]:
    """The account of the person who asks, and another by its id or its number, both under lock.

    `may_exchange`: the two may be in two currencies. Raises Refused for an account that is not there or not theirs, and
    where no money can move between the two.
    """
    actor = arrangement.actor
    ids = {one for one in (own_id, other_id) if one is not None}
    found = journal.lock_accounts(arrangement.connection, ids, [other_number] if other_number else ())
    own = next((one for one in found if one.id == own_id), None)
    other = next((one for one in found if one.id == other_id or one.account_number == other_number), None)
    if own is None or not may_act_for(actor, own):
        raise Refused(NOT_FOUND)
    if other is None or not may_pay(actor, other):
        raise Refused(NOT_FOUND, "No account of this bank has that number or id.")
    if own.owner_id != actor.user_id and has_own_interest(actor, own.owner_id, other.owner_id):
        raise Refused(OWN_INTEREST)
    _check_standing(own, other)
    if own.currency != other.currency and not may_exchange:
        raise Refused(CURRENCY_MISMATCH, details={"currency": other.currency, "given": own.currency})
    return own, other


def _check_standing(own: Account, other: Account) -> None:
    if own.id == other.id:
        raise Refused(SAME_ACCOUNT)
    statuses = (own.status, other.status)
    if "closed" in statuses:
        raise Refused(ACCOUNT_CLOSED)
    if "frozen" in statuses:
        raise Refused(ACCOUNT_FROZEN)

"""Giving a card up with an idempotency key: for a credit card it may charge and pay a last bill.

The bill has keys of its own in the ledger, and what was given up stays so: what was begun and not answered is finished
by asking again, with or without a key. The key stands for the answer, from when there is one.
"""

import json

from sqlalchemy.exc import IntegrityError

from account_service.caller import Caller
from account_service.cards import changes
from account_service.context import AccountContext
from account_service.models import CardCancellation
from account_service.opening import Reply
from shared.refusals import IDEMPOTENCY_KEY_REUSED, Refused

_OK = 200


def cancel(context: AccountContext, caller: Caller, card_id: str, key: str | None) -> Reply:
    """Give a card up, or answer again what the key was answered. Raises Refused as `changes.cancel`, and for it."""
    if (known := _known(context, caller, card_id, key)) is not None:
        return known
    shown = json.dumps(changes.cancel(context, caller, card_id))
    if key is None:
        return Reply(_OK, shown)
    try:
        with context.database.write_session() as session:
            session.add(CardCancellation(caller_id=caller.user_id, key=key, card_id=card_id, reply=shown))
    except IntegrityError:  # the same request was answered meanwhile
        return _known(context, caller, card_id, key) or Reply(_OK, shown)
    return Reply(_OK, shown)


def _known(context: AccountContext, caller: Caller, card_id: str, key: str | None) -> Reply | None:
    if key is None:
        return None
    with context.database.read_session() as session:
        found = session.get(CardCancellation, (caller.user_id, key))
    if found is None:
        return None
    if found.card_id != card_id:
        raise Refused(IDEMPOTENCY_KEY_REUSED)
    return Reply(_OK, found.reply, replayed=True)

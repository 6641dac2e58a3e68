"""Giving a card up with an idempotency key: for a credit card it may charge and pay a last bill.

The key is claimed for the card before anything is done, and stands for the answer from when there is one. The bill has
keys of its own in the ledger, and what was given up stays so: what was begun and not answered is finished by asking
again, with or without a key. What was refused claims nothing.
"""

import json

from sqlalchemy.exc import IntegrityError

from account_service.caller import Caller
from account_service.cards import changes
from account_service.context import AccountContext
from account_service.models import CardCancellation
from account_service.opening import Reply
from shared.refusals import IDEMPOTENCY_KEY_REUSED, Refused

_OK, _SERVER_ERRORS = 200, 500
_NO_ANSWER_YET = ""


def cancel(context: AccountContext, caller: Caller, card_id: str, key: str | None) -> Reply:
    """Give a card up, or answer again what the key was answered. Raises Refused as `changes.cancel`, and for it."""
    if key is None:
        return Reply(_OK, json.dumps(changes.cancel(context, caller, card_id)))
    if (answered := _claim(context, caller, card_id, key)) is not None:
        return answered
    try:
        shown = json.dumps(changes.cancel(context, caller, card_id))
    except Refused as refused:
        if refused.refusal.status < _SERVER_ERRORS:
            _release(context, caller, key)
        raise
    with context.database.write_session() as session:
        session.merge(CardCancellation(caller_id=caller.user_id, key=key, card_id=card_id, reply=shown))
    return Reply(_OK, shown)


def _claim(context: AccountContext, caller: Caller, card_id: str, key: str) -> Reply | None:
    """The answer that the key stands for, None while it has none. Raises Refused for one that is another card's."""
    try:
        with context.database.write_session() as session:
            found = session.get(CardCancellation, (caller.user_id, key))
            if found is None:
                claim = CardCancellation(caller_id=caller.user_id, key=key, card_id=card_id, reply=_NO_ANSWER_YET)
                session.add(claim)
                return None
            claimed_for, reply = found.card_id, found.reply
    except IntegrityError:  # somebody else claimed it meanwhile
        return _claim(context, caller, card_id, key)
    if claimed_for != card_id:
        raise Refused(IDEMPOTENCY_KEY_REUSED)
    return None if reply == _NO_ANSWER_YET else Reply(_OK, reply, replayed=True)


def _release(context: AccountContext, caller: Caller, key: str) -> None:
    with context.database.write_session() as session:
        found = session.get(CardCancellation, (caller.user_id, key))
        if found is not None and found.reply == _NO_ANSWER_YET:
            session.delete(found)

"""The reply that a used key was given, rendered again from its entry, byte for byte.

A reply has a form: which fields it has, in which order. A release that adds fields to transactions adds a form; keys of
before are answered in theirs. What the reply said of others is said as it was then: a holder's name of that time.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from shared.enums import STAFF_ROLES
from shared.http.json_parsing import render
from transaction_service.cards.entry_cards import ENTRY_CARD, card_of, with_its_card
from transaction_service.exchange.exchange_rows import EXCHANGE, exchange_of
from transaction_service.ledger.entry import Entry
from transaction_service.ledger.entry_rows import ENTRY, entry_of, is_below_floor, payee, payer, with_what_it_names
from transaction_service.ledger.serializers import View, transaction
from transaction_service.models import entries, floor_passings, former_names, postings

_FIRST = (
    *("id", "type", "status", "amount", "currency", "from_account_id", "to_account_id", "account_id", "direction"),
    *("balance_after", "counterparty", "description", "category", "reference", "effective_at", "booked_at"),
    *("reverses", "reversed_amount", "error_code", "payer", "payee", "initiated_by"),
)
_SECOND = (*_FIRST, "exchange", "card")
_THIRD = (*_SECOND, "end_to_end_id", "due_work_id")
FORMS: Mapping[int, tuple[str, ...]] = MappingProxyType({1: _FIRST, 2: _SECOND, 3: _THIRD, 4: (*_THIRD, "below_floor")})
CURRENT_FORM = 4

_own_leg = postings.alias("own_leg")
_SIDES = (
    payer.c.key.label("payer_key"),
    payer.c.owner_id.label("payer_owner_id"),
    payee.c.key.label("payee_key"),
    payee.c.owner_id.label("payee_owner_id"),
    payee.c.holder_name.label("payee_name"),
    payee.c.account_number.label("payee_number"),
    _own_leg.c.balance_after_minor,
    floor_passings.c.below_minor,
)
_own_account = or_(
    _own_leg.c.account_key == entries.c.payer_key,
    and_(entries.c.payer_key.is_(None), _own_leg.c.account_key == entries.c.payee_key),
)
_REPLIED = (
    select(*ENTRY, entries.c.position, *_SIDES, *EXCHANGE, *ENTRY_CARD)
    .select_from(
        with_its_card(
            with_what_it_names(
                entries.join(_own_leg, and_(_own_leg.c.position == entries.c.position, _own_account)).outerjoin(
                    floor_passings, is_below_floor(_own_leg)
                )
            )
        )
    )
    .where(entries.c.position.in_(bindparam("positions", expanding=True)))
)


def bodies(connection: Connection, forms: Mapping[int, int]) -> dict[int, str]:
    """The replies to the orders whose entries stand at these positions, each in the form that it was given in."""
    rows = connection.execute(_REPLIED, {"positions": list(forms)}).all()
    names = _names_then(connection, rows)
    return {
        row.position: _body(entry_of(row), row, names.get(row.position, row.payee_name), FORMS[forms[row.position]])
        for row in rows
    }


def _body(entry: Entry, row: Any, payee_name: str | None, form: tuple[str, ...]) -> str:
    is_paid = row.payer_key is not None
    is_transfer = is_paid and row.payee_key is not None
    view = View(
        account_id=(entry.from_account_id if is_paid else entry.to_account_id) or "",
        direction="out" if is_paid else "in",
        balance_after_minor=row.balance_after_minor,
        owner_id=row.payer_owner_id if is_paid else row.payee_owner_id,
        counterparty_owner_id=row.payee_owner_id if is_transfer else None,
        counterparty_name=payee_name if is_transfer else None,
        counterparty_number=row.payee_number if is_transfer else None,
        counterparty_is_own=is_transfer and row.payee_owner_id == row.payer_owner_id,
        exchange=exchange_of(row),
        below_floor_minor=row.below_minor,
    )
    shown = transaction(entry, view, card=card_of(row), for_staff=entry.initiator.role in STAFF_ROLES)
    return render({name: shown[name] for name in form})


def _names_then(connection: Connection, rows: Iterable[Any]) -> dict[int, str]:
    """What the paid were called when their entries were made, where that was another name than now; by position."""
    positions = {row.position: row.payee_key for row in rows if row.payee_key is not None}
    if not positions:
        return {}
    query = select(former_names).where(former_names.c.account_key.in_(set(positions.values())))
    former = connection.execute(query.order_by(former_names.c.until_position.desc())).all()
    return {
        position: name.holder_name
        for name in former
        for position, account_key in positions.items()
        if name.account_key == account_key and position <= name.until_position
    }

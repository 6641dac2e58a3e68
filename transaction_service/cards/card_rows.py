"""The SQL of cards as the ledger keeps them: what the account service tells, and what a card was used for.

What writes runs inside a write transaction that the caller opened and alone commits.
"""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Text,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    select,
    update,
)

from shared.card_enums import AuthorizationEventType, DeclineCode
from shared.identifiers import is_id
from shared.storage.compact_columns import pack_id, unpack_id
from shared.storage.statements import Statement
from shared.time.business_days import business_day, day_start_us, month_start_us
from transaction_service.cards.card import Card, Spending
from transaction_service.cards.merchant_categories import LONGEST_HOLD_US
from transaction_service.cards.spending import HOUR_US, Use, in_parts
from transaction_service.models import accounts, authorization_events, authorizations, cards, holds, ledger_state

_OWN = {"account_id": accounts.c.id}
CARD = tuple(_OWN[name] if name in _OWN else cards.c[name] for name in Card._fields)
"""The columns of a card, in the order of its fields, of `CARDS`."""
CARDS = cards.join(accounts, accounts.c.key == cards.c.account_key)
_USED = func.coalesce(holds.c.captured_minor + holds.c.remaining_minor, 0) + authorizations.c.forced_minor
_BY_ID = Statement(select(*CARD).select_from(CARDS).where(cards.c.id.in_(bindparam("ids", expanding=True))), "ids")
_HAS_WRONG_CODE = authorizations.c.decline_code == DeclineCode.WRONG_SECURITY_CODE.value


def by_id(connection: Connection, card_ids: Iterable[str]) -> dict[str, Card]:
    """Cards by their ids; unknown ones are absent."""
    wanted = sorted(set(card_ids))
    if not wanted:
        return {}
    rows = _BY_ID.rows_of(connection, list(map(pack_id, wanted)))
    found = (Card(key, unpack_id(card_id), unpack_id(account_id), *facts) for key, card_id, account_id, *facts in rows)
    return {card.id: card for card in found}


def presented(connection: Connection, *, card_id: str | None, number_digest: str | None) -> Any:
    """The row of the card that a shop was shown, by its id or the digest of its number; None when there is none."""
    if number_digest is None and not (card_id and is_id(card_id)):
        return None
    is_it = cards.c.id == card_id if number_digest is None else cards.c.number_digest == number_digest
    columns = (cards.c.id, cards.c.number_digest, cards.c.security_digest)
    return connection.execute(select(*columns).where(is_it)).first()


def row_of(connection: Connection, card_id: str) -> Any:
    """All that is kept of a card, with the currency of its account; None when there is none."""
    columns = [*cards.c, accounts.c.id.label("account_id"), accounts.c.currency]
    return connection.execute(select(*columns).select_from(CARDS).where(cards.c.id == card_id)).first()


def key_has_changed(connection: Connection, key_digest: str) -> bool:
    """Whether there are cards whose numbers were digested under another key; else this is the one from now on."""
    kept = connection.execute(select(ledger_state.c.card_key_digest)).scalar_one()
    if kept == key_digest:
        return False
    if kept is not None and connection.execute(select(cards.c.key).limit(1)).first() is not None:
        return True
    connection.execute(update(ledger_state).values(card_key_digest=key_digest))
    return False


def is_taken(connection: Connection, number_digest: str) -> bool:
    """Whether a card has this number."""
    query = select(cards.c.key).where(cards.c.number_digest == number_digest)
    return connection.execute(query).first() is not None


def add(connection: Connection, values: dict[str, Any]) -> None:
    """Write down a new card."""
    connection.execute(insert(cards).values(values))


def change(connection: Connection, card_id: str, values: dict[str, Any]) -> None:
    """What a newer version says of the card."""
    connection.execute(update(cards).where(cards.c.id == card_id).values(values))


def page(connection: Connection, *, after: str, until: str | None, limit: int) -> list[dict[str, Any]]:
    """Cards by the order of their ids, for those who compare them with theirs."""
    columns = (
        cards.c.id.label("card_id"),
        accounts.c.id.label("account_id"),
        cards.c.version,
        cards.c.status,
    )
    query = select(*columns).select_from(CARDS).where(cards.c.id > after)
    if until is not None:
        query = query.where(cards.c.id <= until)
    return [dict(row._mapping) for row in connection.execute(query.order_by(cards.c.id).limit(limit))]


def spending(connection: Connection, asked: Collection[Card], at_us: int, *, has_codes: bool) -> dict[int, Spending]:
    """What each of these cards, by its key, has been used for up to this instant of the bank's time.

    Nothing is read that cannot decide: amounts of cards that have no limit of a day or month, nor wrong codes where no
    code was given (`has_codes`) are left out. What was approved counts for the day on which it was, as does what was
    added to it later, without what was given back of it.
    """
    keys = sorted({card.key for card in asked})
    if not keys:
        return {}
    day = business_day(at_us)
    today, month, hour = day_start_us(day), month_start_us(day), at_us - HOUR_US
    attempts: dict[int, int] = dict(_ATTEMPTS.rows_of(connection, keys, hour))
    wrong_codes: dict[int, int] = dict(_WRONG_CODES.rows_of(connection, keys, today)) if has_codes else {}
    limited = sorted({card.key for card in asked if card.limits_sums})
    since = {"today": today, "month": month, "since": min(month, at_us - LONGEST_HOLD_US)}
    rows = connection.execute(_SUMS, {"keys": limited, **since}) if limited else ()
    sums = {key: (int(of_day), int(of_month)) for key, of_day, of_month in rows}
    return {key: Spending(*sums.get(key, (0, 0)), attempts.get(key, 0), wrong_codes.get(key, 0)) for key in keys}


def _used_since(instant: str) -> ColumnElement[int]:
    """What of an authorization counts from an instant on: all of one made since, of an older one what was added."""
    start: BindParameter[int] = bindparam(instant)
    added = (
        select(func.coalesce(func.sum(authorization_events.c.amount_minor), 0))
        .where(
            authorization_events.c.authorization_id == authorizations.c.id,
            authorization_events.c.type == AuthorizationEventType.INCREMENTED.value,
            authorization_events.c.at >= start,
        )
        .scalar_subquery()
    )
    return case(
        (authorizations.c.created_at >= start, _USED),
        (holds.c.amount_minor > authorizations.c.approved_minor, case((added < _USED, added), else_=_USED)),
        else_=0,
    )


_AT = authorizations.c.created_at
_OF_CARDS = authorizations.c.card_key.in_(bindparam("keys", expanding=True))
_COUNTED = select(authorizations.c.card_key, func.count()).group_by(authorizations.c.card_key).where(_OF_CARDS)
_ATTEMPTS = Statement(_COUNTED.where(bindparam("since") < _AT), "keys", "since")
_WRONG_CODES = Statement(
    _COUNTED.where(
        bindparam("since") <= _AT,
        authorizations.c.decline_code == literal_column(f"'{DeclineCode.WRONG_SECURITY_CODE.value}'", Text),
    ),
    "keys",
    "since",
)
_SUMS = (
    select(authorizations.c.card_key, func.sum(_used_since("today")), func.sum(_used_since("month")))
    .select_from(authorizations.outerjoin(holds, holds.c.key == authorizations.c.hold_key))
    .where(_OF_CARDS, bindparam("since") <= _AT)
    .group_by(authorizations.c.card_key)
)


def uses(connection: Connection, keys: Iterable[int], since_us: int) -> dict[int, list[Use]]:
    """What was asked of each card, by its key, from this instant of the bank's time on, and what was added to that."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    found: dict[int, list[Use]] = {key: [] for key in wanted}
    is_asked = (authorizations.c.card_key.in_(wanted), authorizations.c.created_at >= since_us)
    added: dict[str, list[tuple[int, int]]] = {}
    for authorization_id, at, minor in connection.execute(_ADDED.where(*is_asked)):
        added.setdefault(authorization_id, []).append((int(at), int(minor)))
    columns = (*authorizations.c["id", "card_key", "created_at"], _USED, case((_HAS_WRONG_CODE, 1), else_=0))
    query = select(*columns).select_from(authorizations.outerjoin(holds, holds.c.key == authorizations.c.hold_key))
    for authorization_id, key, at, used_minor, has_wrong_code in connection.execute(query.where(*is_asked)):
        use = Use(int(at), int(used_minor), bool(has_wrong_code))
        found[key] += in_parts(use, added.get(authorization_id, ()))
    return found


_ADDED = (
    select(*authorization_events.c["authorization_id", "at", "amount_minor"])
    .select_from(authorizations)
    .join(holds, holds.c.key == authorizations.c.hold_key)
    .join(authorization_events, authorization_events.c.authorization_id == authorizations.c.id)
    .where(
        holds.c.amount_minor > authorizations.c.approved_minor,
        authorization_events.c.type == AuthorizationEventType.INCREMENTED.value,
    )
)

"""The SQL of authorizations and of the entries that come of them, and of disputes about these.

What writes runs inside a write transaction that the caller opened and alone commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from shared.amounts.exchange_rates import rate_text
from shared.card_enums import AuthorizationEventType, DisputeStatus
from shared.enums import HoldStatus
from shared.storage.compact_columns import CompactId, pack_id, pack_uuid, unpack_id
from shared.storage.statements import Row, Statement
from transaction_service.cards.authorization import Authorization, AuthorizationStep
from transaction_service.cards.card import Merchant
from transaction_service.exchange.conversion import Terms
from transaction_service.models import (
    accounts,
    authorization_events,
    authorizations,
    card_entries,
    cards,
    disputes,
    entries,
    holds,
    initiators,
)

_shop = accounts.alias("shop")
AUTHORIZATION = (
    authorizations.c.key,
    authorizations.c.id,
    cards.c.id.label("card_id"),
    accounts.c.id.label("account_id"),
    holds.c.id.label("hold_id"),
    *authorizations.c[
        "amount_minor",
        "approved_minor",
        "forced_minor",
        "currency",
        "original_minor",
        "original_currency",
        "exchange_rate",
        "reference_rate",
        "margin_bp",
        "rate_day",
        "merchant_name",
        "merchant_category",
        "merchant_country",
        "merchant_city",
    ],
    _shop.c.id.label("shop_id"),
    *authorizations.c["channel", "decline_code", "expires_at", "created_at"],
    cards.c.last4,
)
"""The columns that `authorization_of` reads, of `AUTHORIZATIONS`."""
_TERMS, _MERCHANT = slice(11, 15), slice(15, 20)
AUTHORIZATIONS = (
    authorizations.outerjoin(cards, cards.c.key == authorizations.c.card_key)
    .outerjoin(accounts, accounts.c.key == authorizations.c.account_key)
    .outerjoin(holds, holds.c.key == authorizations.c.hold_key)
    .outerjoin(_shop, _shop.c.key == authorizations.c.merchant_account_key)
)


_BY_ID = Statement(
    select(*AUTHORIZATION).select_from(AUTHORIZATIONS).where(authorizations.c.id.in_(bindparam("ids", expanding=True))),
    "ids",
)
_IDS = [place for place, column in enumerate(AUTHORIZATION) if isinstance(column.type, CompactId)]
_original = func.coalesce(authorization_events.c.original_minor, authorization_events.c.amount_minor)
_STORIES = Statement(
    select(*authorization_events.c["authorization_id", "type", "amount_minor"], _original, authorization_events.c.at)
    .where(authorization_events.c.authorization_id.in_(bindparam("ids", expanding=True)))
    .order_by(authorization_events.c.key),
    "ids",
)


class CardLink(NamedTuple):
    """With which card an entry was made, where and how."""

    card_id: str
    authorization_id: str | None
    merchant: Merchant
    channel: str


class Dispute(NamedTuple):
    """A disputed payment: `entry_id` is what is disputed, `credit_id` what gave the money back meanwhile.

    `shop_id` and `shop_owner_id`: which account was paid, and whose it is, where that is one of this bank; `debit_id`
    is what took the money from it. Who opened it, and who decided it, are told by their kinds and names.
    """

    id: str
    entry_id: str
    credit_id: str
    account_id: str
    amount_minor: int
    currency: str
    reason: str
    status: str
    created_at: int
    resolved_at: int | None
    shop_id: str | None
    shop_owner_id: str | None
    opener_id: str
    opener_kind: str
    opener_name: str | None
    decider_kind: str | None = None
    decider_name: str | None = None
    debit_id: str | None = None


def by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Authorization]:
    """Authorizations by their ids, without the working copies of their holds; unknown ones are absent."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = _BY_ID.rows_of(connection, list(map(pack_id, wanted)))
    return {found.id: found for found in map(authorization_of, map(_with_ids, rows))}


def foreign_among(connection: Connection, ids: Iterable[str]) -> list[str]:
    """Those of these authorizations that are for another currency than the account's."""
    wanted = sorted(set(ids))
    is_one = (authorizations.c.id.in_(wanted), authorizations.c.exchange_rate.is_not(None))
    return list(connection.execute(select(authorizations.c.id).where(*is_one)).scalars()) if wanted else []


def authorization_of(row: Sequence[Any]) -> Authorization:
    """The authorization that a row begins with, of a query that selects AUTHORIZATION first."""
    facts = tuple(row)[: len(AUTHORIZATION)]
    in_order = (*facts[: _TERMS.start], None, Merchant(*facts[_MERCHANT]), *facts[_MERCHANT.stop :])
    found = Authorization(*in_order)
    rate, reference_rate, margin_bp, day = facts[_TERMS]
    if rate is not None:
        currencies = (found.currency, found.original_currency)
        found.terms = Terms(*currencies, Decimal(rate), Decimal(reference_rate), margin_bp, day)
    return found


def _with_ids(row: Row) -> list[Any]:
    """The row as SQLAlchemy would give it."""
    facts = list(row)
    for place in _IDS:
        facts[place] = None if facts[place] is None else unpack_id(facts[place])
    return facts


_ADD = Statement(
    insert(authorizations),
    *("id", "card_key", "account_key", "hold_key", "amount_minor", "approved_minor", "forced_minor", "currency"),
    *("original_minor", "original_currency", "exchange_rate", "reference_rate", "margin_bp", "rate_day"),
    *("merchant_name", "merchant_category", "merchant_country", "merchant_city", "merchant_account_key", "channel"),
    *("decline_code", "initiator_key", "expires_at", "created_at"),
)
_HOLD_KEYS = Statement(select(holds.c.id, holds.c.key).where(holds.c.id.in_(bindparam("ids", expanding=True))), "ids")
_LINK = Statement(insert(card_entries), *card_entries.c.keys())
_NOTE = Statement(insert(authorization_events), "authorization_id", "type", "amount_minor", "original_minor", "at")


def add(
    connection: Connection,
    added: Sequence[tuple[Authorization, int]],
    card_keys: Mapping[str, int],
    account_keys: Mapping[str, int],
) -> None:
    """Write new authorizations, each with the key of who asked; their holds are written already."""
    ids = sorted(pack_uuid(each.hold_id) for each, _ in added if each.hold_id is not None)
    hold_keys: dict[bytes, int] = {row[0]: row[1] for row in _HOLD_KEYS.rows_of(connection, ids)} if ids else {}
    rows: list[Row] = [
        (
            pack_uuid(each.id),
            card_keys[each.card_id] if each.card_id else None,
            account_keys[each.account_id] if each.account_id else None,
            hold_keys[pack_uuid(each.hold_id)] if each.hold_id else None,
            each.amount_minor,
            each.approved_minor,
            each.forced_minor,
            each.currency,
            each.original_minor,
            each.original_currency,
            *_terms_row(each.terms),
            *each.merchant[:4],
            account_keys[each.merchant.account_id] if each.merchant.account_id else None,
            each.channel,
            each.decline_code,
            initiator_key,
            each.expires_at,
            each.created_at,
        )
        for each, initiator_key in added
    ]
    if rows:
        _ADD.run(connection, rows)


def _terms_row(terms: Terms | None) -> Row:
    if terms is None:
        return (None, None, None, None)
    return (rate_text(terms.rate), rate_text(terms.reference_rate), terms.margin_bp, terms.day)


def note(connection: Connection, happenings: Iterable[AuthorizationStep]) -> None:
    """Write down what happened, in order."""
    rows: list[Row] = [
        (pack_uuid(each[0]), each.type.value, each.amount_minor, _unless_same(each), each.at) for each in happenings
    ]
    if rows:
        _NOTE.run(connection, rows)


def _unless_same(happening: AuthorizationStep) -> int | None:
    return None if happening.original_minor == happening.amount_minor else happening.original_minor


def stories_of(connection: Connection, ids: Iterable[str]) -> dict[str, list[AuthorizationStep]]:
    """What has happened to each of these authorizations, in order."""
    wanted = sorted(set(ids))
    found: dict[str, list[AuthorizationStep]] = {authorization_id: [] for authorization_id in wanted}
    for kept_id, kind, *facts in _STORIES.rows_of(connection, list(map(pack_id, wanted))) if wanted else ():
        authorization_id = unpack_id(kept_id)
        found[authorization_id].append(AuthorizationStep(authorization_id, AuthorizationEventType(kind), *facts))
    return found


def store_forced(connection: Connection, changed: Iterable[Authorization]) -> None:
    """Write how much was taken without a hold."""
    for each in changed:
        is_it = authorizations.c.id == each.id
        connection.execute(update(authorizations).where(is_it).values(forced_minor=each.forced_minor))


def link_entries(connection: Connection, links: Iterable[tuple[int, CardLink]], card_keys: Mapping[str, int]) -> None:
    """Keep with which card entries were made, by their positions."""
    rows: list[Row] = [
        (
            position,
            card_keys[link.card_id],
            None if link.authorization_id is None else pack_id(link.authorization_id),
            *link.merchant[:3],
            link.channel,
        )
        for position, link in links
    ]
    if rows:
        _LINK.run(connection, rows)


def links_of(connection: Connection, entry_ids: Iterable[str]) -> dict[str, CardLink]:
    """With which card each of these entries was made; those made without one are absent."""
    columns = card_entries.c["authorization_id", "merchant_name", "merchant_category", "merchant_country", "channel"]
    query = (
        select(entries.c.id.label("entry_id"), cards.c.id.label("card_id"), *columns)
        .select_from(
            card_entries.join(entries, entries.c.position == card_entries.c.position).join(
                cards, cards.c.key == card_entries.c.card_key
            )
        )
        .where(entries.c.id.in_(sorted(set(entry_ids))))
    )
    return {
        row.entry_id: CardLink(
            row.card_id,
            row.authorization_id,
            Merchant(row.merchant_name, row.merchant_category, row.merchant_country),
            row.channel,
        )
        for row in connection.execute(query)
    }


disputed, _credit, _debit = entries.alias("disputed"), entries.alias("credit"), entries.alias("debit")
_opener, _decider = initiators.alias("opener"), initiators.alias("decider")
DISPUTE = (
    disputes.c.id,
    disputed.c.id.label("entry_id"),
    _credit.c.id.label("credit_id"),
    accounts.c.id.label("account_id"),
    *disputes.c["amount_minor", "currency", "reason", "status", "created_at", "resolved_at"],
    _shop.c.id.label("shop_id"),
    _shop.c.owner_id.label("shop_owner_id"),
    _opener.c.user_id.label("opener_id"),
    _opener.c.kind.label("opener_kind"),
    _opener.c.name.label("opener_name"),
    _decider.c.kind.label("decider_kind"),
    _decider.c.name.label("decider_name"),
    _debit.c.id.label("debit_id"),
)
"""The columns of a dispute, in the order of its fields, of `DISPUTES`."""
DISPUTES = (
    disputes.join(disputed, disputed.c.position == disputes.c.position)
    .join(_credit, _credit.c.position == disputes.c.credit_position)
    .join(accounts, accounts.c.key == disputes.c.account_key)
    .join(_opener, _opener.c.key == _credit.c.initiator_key)
    .outerjoin(_decider, _decider.c.key == disputes.c.decider_key)
    .outerjoin(_shop, _shop.c.key == disputed.c.payee_key)
    .outerjoin(_debit, _debit.c.position == disputes.c.debit_position)
)


def disputes_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Dispute]:
    """Disputes by their ids; unknown ones are absent."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    query = select(*DISPUTE).select_from(DISPUTES).where(disputes.c.id.in_(wanted))
    return {found.id: found for found in (Dispute(*row) for row in connection.execute(query))}


def disputed_among(connection: Connection, entry_ids: Iterable[str]) -> dict[str, str]:
    """Those of these entries that were ever disputed, and the ids of the disputes."""
    wanted = sorted(set(entry_ids))
    if not wanted:
        return {}
    rows = disputes.join(disputed, disputed.c.position == disputes.c.position)
    query = select(disputed.c.id, disputes.c.id).select_from(rows).where(disputed.c.id.in_(wanted))
    return dict(connection.execute(query).all())


def pending_until(connection: Connection, account_key: int, *, at_us: int) -> int | None:
    """Until when a shop can collect to the account what cards have promised it; None where nothing is. It is locked."""
    held = authorizations.join(holds, holds.c.key == authorizations.c.hold_key)
    query = (
        select(func.max(holds.c.expires_at))
        .select_from(held)
        .where(authorizations.c.merchant_account_key == account_key)
        .where(holds.c.status == HoldStatus.PENDING.value, holds.c.expires_at > at_us)
    )
    until: int | None = connection.execute(query).scalar()
    return until


def count_open_disputes(connection: Connection, account_key: int) -> int:
    """How many card payments from the account, or to it, are disputed; the account is locked."""
    query = (
        select(func.count())
        .select_from(disputes)
        .join(disputed, disputed.c.position == disputes.c.position)
        .where(disputes.c.status == DisputeStatus.OPEN.value)
        .where(or_(disputes.c.account_key == account_key, disputed.c.payee_key == account_key))
    )
    found: int = connection.execute(query).scalar_one()
    return found


def add_disputes(
    connection: Connection, added: Iterable[tuple[Dispute, int, int]], account_keys: Mapping[str, int]
) -> None:
    """Write new disputes, each with the positions of what is disputed and of what gave it back."""
    for dispute, position, credit_position in added:
        values = {
            "id": dispute.id,
            "position": position,
            "credit_position": credit_position,
            "account_key": account_keys[dispute.account_id],
            "amount_minor": dispute.amount_minor,
            "currency": dispute.currency,
            "reason": dispute.reason,
            "status": DisputeStatus.OPEN.value,
            "created_at": dispute.created_at,
        }
        connection.execute(insert(disputes).values(values))


def resolve_disputes(connection: Connection, resolved: Iterable[tuple[Dispute, int, int | None]]) -> None:
    """Write how disputes were decided, each with the key of who did, and where what the shop gave for it stands."""
    for dispute, decider_key, debit_position in resolved:
        values = {
            "status": dispute.status,
            "resolved_at": dispute.resolved_at,
            "decider_key": decider_key,
            "debit_position": debit_position,
        }
        connection.execute(update(disputes).where(disputes.c.id == dispute.id).values(values))

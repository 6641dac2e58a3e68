"""Disputes against what they gave back and took, and each such entry against the one dispute that it belongs to."""

from sqlalchemy import and_, func, literal, or_, select

from shared.card_enums import DisputeStatus
from shared.enums import LedgerAccountStatus
from shared.storage.database import Database
from transaction_service.ledger import journal
from transaction_service.ledger.movement_rules import CHARGEBACK
from transaction_service.models import accounts, disputes, entries, exchanges
from transaction_service.proof.finding import Finding

PAGE = 20_000
DERIVED = "derived rows equal entries"
_count = select(func.count()).select_from(disputes)


def findings(database: Database) -> list[Finding]:
    """Every dispute that does not fit what was booked, and every chargeback of none or of two; empty if all is well."""
    return _unlike_their_entries(database) + _of_no_dispute(database)


def _unlike_their_entries(database: Database) -> list[Finding]:
    """Disputes whose money was not given back by the entry that they name, or not taken again once they were decided.

    When they were lost, from the holder; when they were won, from the shop, as far as it has an account here. One that
    is closed by now may have been closed when the payment was disputed: then the network paid, as it always did before
    shops did.
    """
    credit, taken, disputed, debit = (entries.alias(name) for name in ("credit", "taken", "disputed", "debit"))
    gave_back = and_(
        credit.c.position == disputes.c.credit_position,
        credit.c.type == CHARGEBACK,
        credit.c.reverses == disputes.c.position,
        credit.c.amount_minor == disputes.c.amount_minor,
    )
    is_lost, is_won = (disputes.c.status == status.value for status in (DisputeStatus.LOST, DisputeStatus.WON))
    again = (
        select(func.coalesce(func.sum(taken.c.amount_minor), 0))
        .where(taken.c.reverses == disputes.c.credit_position)
        .scalar_subquery()
    )
    cost_of_it = func.coalesce(exchanges.c.source_minor, credit.c.amount_minor)
    was_charged = and_(
        debit.c.position == disputes.c.debit_position,
        debit.c.type == CHARGEBACK,
        debit.c.payer_key == disputed.c.payee_key,
        debit.c.amount_minor == cost_of_it,
    )
    owes_it = and_(is_won, disputed.c.payee_key.is_not(None), accounts.c.status != LedgerAccountStatus.CLOSED)
    has_debit, is_settled = disputes.c.debit_position > 0, disputes.c.debit_position.is_not(None)
    query = (
        select(disputes.c.id)
        .join(disputed, disputed.c.position == disputes.c.position)
        .outerjoin(accounts, accounts.c.key == disputed.c.payee_key)
        .outerjoin(credit, gave_back)
        .outerjoin(exchanges, exchanges.c.position == disputes.c.credit_position)
        .outerjoin(debit, was_charged)
        .where(
            or_(
                credit.c.position.is_(None),
                and_(is_lost, again != disputes.c.amount_minor),
                and_(owes_it, ~is_settled),
                and_(has_debit, or_(~is_won, debit.c.position.is_(None))),
            )
        )
    )
    with database.read() as connection:
        return [Finding(DERIVED, row.id, "the dispute does not fit its entries") for row in connection.execute(query)]


def _of_no_dispute(database: Database) -> list[Finding]:
    """Chargebacks that are not what exactly one dispute gave back or took.

    Once, a simulation could post one by itself to a customer of its own: that took nothing back.
    """
    named_as = (disputes.c.credit_position, disputes.c.debit_position)
    times_named = sum(
        (_count.where(name == entries.c.position).correlate(entries).scalar_subquery() for name in named_as), literal(0)
    )
    is_by_itself = and_(entries.c.payer_key.is_(None), entries.c.reverses.is_(None), accounts.c.synthetic == 1)
    query = (
        select(entries.c.id)
        .outerjoin(accounts, accounts.c.key == entries.c.payee_key)
        .where(entries.c.type == CHARGEBACK, times_named != 1)
        .where(or_(times_named != 0, accounts.c.key.is_(None), ~is_by_itself))
    )
    with database.read() as connection:
        head = journal.state(connection).head_position
    found: list[Finding] = []
    for after in range(0, head, PAGE):
        in_range = query.where(entries.c.position > after, entries.c.position <= after + PAGE)
        with database.read() as connection:
            rows = connection.execute(in_range).all()
        found += [Finding(DERIVED, row.id, "the chargeback is not that of one dispute") for row in rows]
    return found

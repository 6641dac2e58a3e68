"""Making an account that of a credit card, and changing how it is billed, in the commit that opens or changes it."""

from typing import NamedTuple

from sqlalchemy import Connection

from shared.enums import LedgerAccountStatus
from shared.http.field_problems import invalid
from shared.refusals import Refused
from shared.service_refusals import ACCOUNT_CLOSED
from shared.time.business_days import day_number
from transaction_service.card_bills import bill_rows
from transaction_service.card_bills.statement import CreditLine, billing_instant, next_billing_number
from transaction_service.due_work import queue


class LineTerms(NamedTuple):
    """How a credit card's account is billed: from which account that is settled, on which day, on which rate plan."""

    settlement_account_id: str
    billing_day: int
    rate_plan: str


def set_line(connection: Connection, account_id: str, terms: LineTerms, *, bank_time: int) -> None:
    """Have the account billed by these terms from now on. A new billing day brings the next bill forward, if it comes
    first, and never puts it off: who changes it again and again is billed all the same.

    Raises Refused for an account that cannot settle it: 422 for one of somebody else, or in another currency; 409 for
    one that is closed as the card is new. One that was closed since is taken: its holder is told when a bill is unpaid.
    """
    sides = bill_rows.sides(connection, [account_id, terms.settlement_account_id])
    account, settlement = sides[account_id], sides.get(terms.settlement_account_id)
    known = bill_rows.line_of(connection, account_id)
    if settlement is None or (settlement.owner_id, settlement.currency) != (account.owner_id, account.currency):
        sentence = "must be an account of the same person in the same currency"
        raise invalid("settlement_account_id", sentence, code="cannot_settle")
    if known is None and settlement.status == LedgerAccountStatus.CLOSED:
        raise Refused(ACCOUNT_CLOSED)
    line = CreditLine(account_id, account.owner_id, settlement.id, account.currency, terms.billing_day, terms.rate_plan)
    bill_rows.write_line(connection, line, is_new=known is None)
    if known is None or known.billing_day != line.billing_day:
        first = billing_instant(next_billing_number(day_number(bank_time), line.billing_day))
        waiting = queue.due_at(connection, queue.CARD_BILLING, account_id)
        if waiting is None or first < waiting:
            queue.cancel(connection, queue.CARD_BILLING, [account_id])
            queue.schedule(connection, queue.CARD_BILLING, [(account_id, first)])

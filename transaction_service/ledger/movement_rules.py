"""The one table of movement rules: what each kind of movement joins, who may ask for it, what binds it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from shared.enums import TransactionType


class Sides(Enum):
    """Whose accounts a movement joins."""

    CREDIT = "from the bank to a customer"
    DEBIT = "from a customer to the bank"
    TRANSFER = "between two customers"
    REVERSAL = "back the way that the original took"
    DISPUTE = "from the bank to a card's holder, and from a shop to the bank"
    EXCHANGE = "between two currencies of one customer"


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of movement is dealt with.

    `bank_account` is the bank's own side; where two customers' accounts are joined, it stands in for a payee whose
    account is at another bank, or was closed. `is_public`: a person or a client of theirs may ask for it; the rest only
    the bank itself posts, and a simulation for its synthetic customers. `is_limited`: bound by the customer's limits,
    and uses up the day's. `is_forced`: takes what it is due, below the payer's floor if need be. `may_exchange`: may
    join accounts in two currencies; the bank changes the money on the way. `may_borrow`: may spend what a credit card's
    account is lent. `needs_notice`: leaves an account with notice only where its holder has arranged it beforehand.
    """

    sides: Sides
    bank_account: str | None = None
    is_public: bool = False
    is_limited: bool = True
    is_forced: bool = False
    may_exchange: bool = False
    may_borrow: bool = False
    needs_notice: bool = False


DEPOSIT: str = TransactionType.DEPOSIT.value
WITHDRAWAL: str = TransactionType.WITHDRAWAL.value
TRANSFER: str = TransactionType.TRANSFER.value
CARD_PURCHASE: str = TransactionType.CARD_PURCHASE.value
INTEREST: str = TransactionType.INTEREST.value
INTEREST_CHARGE: str = TransactionType.INTEREST_CHARGE.value
FEE: str = TransactionType.FEE.value
CARD_PAYMENT: str = TransactionType.CARD_PAYMENT.value
CASH_WITHDRAWAL: str = TransactionType.CASH_WITHDRAWAL.value
CARD_REFUND: str = TransactionType.CARD_REFUND.value
CHARGEBACK: str = TransactionType.CHARGEBACK.value
STANDING_ORDER: str = TransactionType.STANDING_ORDER.value
DIRECT_DEBIT: str = TransactionType.DIRECT_DEBIT.value
REVERSAL: str = TransactionType.REVERSAL.value
EXCHANGE: str = TransactionType.EXCHANGE.value

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        DEPOSIT: Rule(Sides.CREDIT, "cash", is_public=True),
        WITHDRAWAL: Rule(Sides.DEBIT, "cash", is_public=True, needs_notice=True),
        TRANSFER: Rule(Sides.TRANSFER, is_public=True, may_exchange=True, needs_notice=True),
        EXCHANGE: Rule(Sides.EXCHANGE, "exchange-position", is_public=True),
        TransactionType.PAYROLL.value: Rule(Sides.TRANSFER, needs_notice=True),
        CARD_PURCHASE: Rule(Sides.TRANSFER, "settlement", may_borrow=True, needs_notice=True),
        # No more than is owed, which is due.
        CARD_PAYMENT: Rule(Sides.TRANSFER, is_limited=False, needs_notice=True),
        TransactionType.BILL_PAYMENT.value: Rule(Sides.TRANSFER, needs_notice=True),
        INTEREST: Rule(Sides.CREDIT, "interest-expense", is_limited=False),
        INTEREST_CHARGE: Rule(Sides.DEBIT, "interest-income", is_limited=False, is_forced=True),
        FEE: Rule(Sides.DEBIT, "fee-income", is_limited=False, is_forced=True),
        CASH_WITHDRAWAL: Rule(Sides.DEBIT, "settlement", is_limited=False, may_borrow=True, needs_notice=True),
        CARD_REFUND: Rule(Sides.CREDIT, "settlement", is_limited=False),
        CHARGEBACK: Rule(Sides.DISPUTE, "settlement", is_limited=False),  # nobody posts one by itself
        # Its holder's own will, so their limits bind it; and arranged beforehand.
        STANDING_ORDER: Rule(Sides.TRANSFER, may_exchange=True),
        # Its mandate allowed it, and it can be refunded: by the bank itself where its creditor has left.
        DIRECT_DEBIT: Rule(Sides.TRANSFER, "receivables", is_limited=False, needs_notice=True),
        REVERSAL: Rule(Sides.REVERSAL, is_limited=False),
    }
)
BANK_ACCOUNT_NAMES = tuple(sorted({rule.bank_account for rule in RULES.values() if rule.bank_account}))
UNLIMITED = tuple(sorted(name for name, rule in RULES.items() if not rule.is_limited))
"""Kinds that use up nothing of a day's limit."""


def bank_account_id(name: str, currency: str) -> str:
    """The id of one of the bank's own accounts, for instance `bank:cash:EUR`."""
    return f"bank:{name}:{currency}"


def position_account_id(currency: str) -> str:
    """Where the bank keeps what it takes of a currency, and gives of it, as it exchanges money."""
    return bank_account_id(RULES[EXCHANGE].bank_account or "", currency)


def counter_account_id(movement_type: str, currency: str) -> str:
    """The bank account on the other side of a movement; none (an empty text) of kinds that know two customers only."""
    name = RULES[movement_type].bank_account
    return "" if name is None else bank_account_id(name, currency)

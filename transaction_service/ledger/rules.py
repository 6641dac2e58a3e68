"""Which kinds of movement there are, whose accounts they join, and who may ask for them. Pure."""

# Movements with one customer account; the other side is the bank's own.
CREDITS = frozenset({"deposit", "interest"})
DEBITS = frozenset({"withdrawal", "fee"})
# Movements between two customer accounts.
TRANSFERS = frozenset({"transfer", "payroll", "card_purchase", "card_payment", "bill_payment"})
REVERSAL = "reversal"
# What a person or a client of theirs may ask for; the rest only the bank's own services and its simulation post.
PUBLIC_TYPES = frozenset({"deposit", "withdrawal", "transfer"})

_BANK_ACCOUNTS = {"deposit": "cash", "withdrawal": "cash", "interest": "interest-expense", "fee": "fee-income"}
BANK_ACCOUNT_NAMES = tuple(sorted(set(_BANK_ACCOUNTS.values())))


def bank_account_id(name: str, currency: str) -> str:
    """The id of one of the bank's own accounts, for instance `bank:cash:EUR`."""
    return f"bank:{name}:{currency}"


def counter_account_id(movement_type: str, currency: str) -> str:
    """The bank account on the other side of a deposit, withdrawal, fee or interest."""
    return bank_account_id(_BANK_ACCOUNTS[movement_type], currency)

"""Ways to say no that more than one service has, each written once; those of every service are in refusals.py. Pure."""

from shared.refusals import Refusal

MOVEMENT_LIMIT_EXCEEDED = Refusal(
    "MOVEMENT_LIMIT_EXCEEDED",
    400,
    "The amount is above this account's limit per payment.",
    when="One payment is above what the account allows in one.",
    remedy="Pay `details.limit` or less at once.",
    example={"currency": "EUR", "limit": "10000.00", "amount": "12000.00"},
)
INSUFFICIENT_FUNDS = Refusal(
    "INSUFFICIENT_FUNDS",
    400,
    "The account has too little money available for this.",
    when="More is to leave the account than is available on it.",
    remedy="Pay `details.available` or less, or pay money in first and use a new Idempotency-Key.",
    example={"currency": "EUR", "available": "7.50", "amount": "12.34"},
)
SAME_ACCOUNT = Refusal(
    "SAME_ACCOUNT",
    400,
    "Money cannot be moved from an account to itself.",
    when="Both sides of the payment are one account.",
    remedy="Check the ids.",
)
CURRENCY_MISMATCH = Refusal(
    "CURRENCY_MISMATCH",
    400,
    "The accounts or the amount are in different currencies.",
    when="The `currency` is not the account's, or what is no transfer is to join accounts in two currencies.",
    remedy="Leave `currency` out or give `details.currency`, the account's; between two currencies, make a transfer.",
    example={"currency": "EUR", "given": "USD"},
)
BALANCE_TOO_LARGE = Refusal(
    "BALANCE_TOO_LARGE",
    400,
    "The account cannot hold that much money.",
    when="The account that is paid would hold more than the bank can count.",
    remedy="Pay less, or another account.",
    example={"currency": "EUR", "limit": "1000000000000000.00", "amount": "12.34"},
)
NOTHING_OWED = Refusal(
    "NOTHING_OWED",
    409,
    "Nothing is owed on this card.",
    when="What is owed on a credit card is to be paid, and nothing is.",
    remedy="Nothing; what shops have yet to collect is owed once they have. Money is put there by a transfer.",
)
MORE_THAN_OWED = Refusal(
    "MORE_THAN_OWED",
    400,
    "That is more than is owed on this card.",
    when="More is to be paid on a credit card than is owed on it. What shops have yet to collect is not owed yet.",
    remedy="Pay `details.owed` or less, or leave `amount` out for all that is owed.",
    example={"currency": "EUR", "owed": "120.50", "amount": "500.00"},
)
NOTICE_REQUIRED = Refusal(
    "NOTICE_REQUIRED",
    400,
    "Money leaves this account only with notice.",
    when="The account's product asks for notice (`notice_days`), and money is to leave it before that is over.",
    remedy="Order a scheduled payment or a standing order that is made on `details.earliest_on` or later.",
    example={"notice_days": 90, "earliest_on": "2027-02-18"},
)
ACCOUNT_FROZEN = Refusal(
    "ACCOUNT_FROZEN",
    409,
    "The account is frozen; nothing happens on it until the bank unfreezes it.",
    when="The bank has frozen the account, or one side of the payment. Captures, clearings and refunds by shops wait "
    "as well; what is given back by right does not: a refunded direct debit, a decided dispute.",
    remedy="Ask the bank; when it has unfrozen the account, send the request with a new Idempotency-Key.",
)
ACCOUNT_CLOSED = Refusal(
    "ACCOUNT_CLOSED",
    409,
    "The account is closed.",
    when="The account, or one side of the payment, was closed.",
    remedy="Use another account.",
)
ACCOUNT_NOT_EMPTY = Refusal(
    "ACCOUNT_NOT_EMPTY",
    409,
    "The account still holds money; move it first.",
    when="An account is to be closed that still holds money.",
    remedy="Move `details.balance` to another account, then close it.",
    example={"currency": "EUR", "balance": "12.34"},
)
ACCOUNT_HAS_DISPUTES = Refusal(
    "ACCOUNT_HAS_DISPUTES",
    409,
    "A card payment from or to this account is disputed; it can be closed once that is decided.",
    when="An account is to be closed about whose card payments, made or taken, a dispute is open: money may yet go.",
    remedy="Wait until the bank has decided them (`details.disputes`), then close the account.",
    example={"disputes": 1},
)
ACCOUNT_HAS_CARD_PAYMENTS = Refusal(
    "ACCOUNT_HAS_CARD_PAYMENTS",
    409,
    "Card payments to this account are yet to be collected; it can be closed after that.",
    when="An account is to be closed to which cards have promised payments that its shop has not collected: it has to "
    "be there for them, and to answer for them should they be disputed.",
    remedy="Collect the authorizations or give them back. After `details.until` none of them is left.",
    example={"until": "2030-03-01T23:00:00.000000Z"},
)
ACCOUNT_HAS_COLLECTIONS = Refusal(
    "ACCOUNT_HAS_COLLECTIONS",
    409,
    "What was collected to this account can still be refunded; it can be closed after that.",
    when="An account is to be closed to which direct debits were paid that their debtors can have back.",
    remedy="Close the account at `details.until` or later: it has to be there for refunds until then.",
    example={"until": "2030-03-01T23:00:00.000000Z"},
)
ACCOUNT_SETTLES_CARD = Refusal(
    "ACCOUNT_SETTLES_CARD",
    409,
    "A credit card is settled from this account; have it settled from another one, or give it up, first.",
    when="An account is to be closed from which a credit card's bills are paid.",
    remedy="Give the cards of the accounts in `details.card_account_ids` another `settlement_account_id`, or cancel "
    "them; then close the account.",
    example={"card_account_ids": ["0196f0c4-8d5e-7f3a-9b21-6c4d0e8f7a35"]},
)
ACCOUNTS_STILL_OPEN = Refusal(
    "ACCOUNTS_STILL_OPEN",
    409,
    "Accounts that are not closed have to be closed first.",
    when="A customer is to be erased of whom an account lives, or is being opened.",
    remedy="Move the money, close each of the `details.accounts` accounts, and ask again.",
    example={"accounts": 2},
)
USER_ERASED = Refusal(
    "USER_ERASED",
    409,
    "This customer was erased, or is being erased: nothing of them is changed.",
    when="Something of a customer who was erased is to be changed, or the role of one who is being erased.",
    remedy="Nothing: an erasure cannot be undone. A new customer registers.",
)
NOT_A_SANDBOX = Refusal(
    "NOT_A_SANDBOX",
    403,
    "A bank can be reset in development only.",
    when="A bank in production is to be reset.",
    remedy="Nothing: it stays as it is. A bank in development can be reset.",
)
ONLY_IN_DEVELOPMENT = Refusal(
    "ONLY_IN_DEVELOPMENT",
    403,
    "A bank in production does not do this.",
    when="Faults are asked for, chaos on the way to a webhook, or what lies in the mailbox, in a bank in production.",
    remedy="Try it with a bank in development.",
)
TOO_MANY_ATTEMPTS = Refusal(
    "TOO_MANY_ATTEMPTS",
    429,
    "Too many wrong passwords; wait a little and try again.",
    retryable=True,
    retry_after_seconds=1,
    when="Several wrong passwords came for one name, or from one address.",
    remedy="Wait `details.retry_after_seconds`, which is also `Retry-After`.",
)
WRONG_PASSWORD = Refusal(
    "WRONG_PASSWORD",
    400,
    "The current password is wrong.",
    when="The password that proves who you are is wrong.",
    remedy="Send the current password.",
)

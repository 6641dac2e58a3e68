"""How the ledger says no to exchanging money; listed in transaction_service/refusals.py. Pure."""

from shared.refusals import Refusal

RATE_UNAVAILABLE = Refusal(
    "RATE_UNAVAILABLE",
    409,
    "The bank has no exchange rate between these currencies.",
    when="Money is to be exchanged, and the bank knows no rate of that day for one of the two currencies.",
    remedy="Look at `GET /api/rates/exchange` for the rates there are, or pay between accounts of one currency.",
    example={"currency": "EUR", "other_currency": "KWD"},
)
AMOUNT_TOO_SMALL = Refusal(
    "AMOUNT_TOO_SMALL",
    400,
    "That is worth less than the smallest amount of the other currency.",
    when="An amount is to be exchanged of which nothing would be left.",
    remedy="Exchange more at once.",
    example={"currency": "JPY", "amount": "1", "other_currency": "EUR"},
)
QUOTE_EXPIRED = Refusal(
    "QUOTE_EXPIRED",
    409,
    "This quote is no longer valid.",
    when="The quote's time was up when the payment was to be made.",
    remedy="Ask for a new quote, and use a new Idempotency-Key with it.",
    example={"valid_until": "2026-11-20T15:05:04.123456Z"},
)
QUOTE_USED = Refusal(
    "QUOTE_USED",
    409,
    "This quote was used already.",
    when="Another payment was made by the quote.",
    remedy="Look whether that payment is the one that was meant; else ask for a new quote.",
)
QUOTE_MISMATCH = Refusal(
    "QUOTE_MISMATCH",
    400,
    "The quote is for something else.",
    when="The payment's amount, or a currency of the accounts, is not what was quoted; or the account that pays is not "
    "the one the quote was for, or has a fee for paying in another currency that a quote for no account leaves out.",
    remedy="Pay `details.amount` from an account in `details.currency` to one in `details.other_currency`; ask for a "
    "quote with `from_account_id`; or leave `quote_id` out for the rate of the moment.",
    example={
        "currency": "EUR",
        "amount": "100.00",
        "other_currency": "USD",
        "from_account_id": "0196f0c4-8d5e-7f3a-9b21-6c4d0e8f7a35",
    },
)

EXCHANGE_REFUSALS = (RATE_UNAVAILABLE, AMOUNT_TOO_SMALL, QUOTE_EXPIRED, QUOTE_USED, QUOTE_MISMATCH)
"""With what exchanging money may be refused, beside what any payment may."""

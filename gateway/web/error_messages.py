"""Why an attempt was refused, as its receipt says it: what happened, and what helps. Pure."""

_WORDS = {
    "INSUFFICIENT_FUNDS": "There was not enough money available on the account. Nothing was taken from it.",
    "MOVEMENT_LIMIT_EXCEEDED": "The amount is above what one payment from this account may be.",
    "DAILY_LIMIT_EXCEEDED": "It would have gone above what may leave this account in one day. Try again tomorrow.",
    "SAME_ACCOUNT": "Both sides were the same account.",
    "CURRENCY_MISMATCH": "The two accounts are in different currencies; the bank does not exchange money.",
    "BALANCE_TOO_LARGE": "The account that was to be paid cannot hold that much.",
    "NOT_REVERSIBLE": "A reversal cannot itself be reversed.",
    "REVERSAL_TOO_LARGE": "It was more than was left of the original to take back.",
}


def error_message(error_code: str) -> str:
    """The sentence for a refusal's code; for one that nobody has written words for, the code itself in words."""
    return _WORDS.get(error_code) or error_code.replace("_", " ").capitalize() + "."

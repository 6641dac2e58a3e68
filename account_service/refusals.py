"""Every way in which the account service itself says no; the general ones are in `shared/refusals.py`. Pure."""

from shared.refusals import Refusal

ACCOUNT_BUSY = Refusal(
    "ACCOUNT_BUSY",
    409,
    "Another change of this account is still being carried out; try again shortly.",
    retryable=True,
    retry_after_seconds=1,
    when="The account is being opened, frozen, unfrozen or closed at this moment.",
    remedy="Send the same request again after `Retry-After`.",
)
OPENING_REFUSED = Refusal(
    "OPENING_REFUSED",
    409,
    "The account could not be opened.",
    when="The account service was willing to open the account, and the ledger was not.",
    remedy="`details.reason_code` says why, by the code that the ledger refused with, `details.reason` in words; open "
    "another account.",
    example={
        "reason": "The amount is above this account's limit per payment.",
        "reason_code": "MOVEMENT_LIMIT_EXCEEDED",
    },
)
PRODUCT_CHANGED = Refusal(
    "PRODUCT_CHANGED",
    409,
    "Somebody else has changed this product meanwhile.",
    when="A product is to be changed, and `version` is not its newest one.",
    remedy="Look at its versions again; the newest is `details.version`.",
    example={"version": 3},
)
PRODUCT_EXISTS = Refusal(
    "PRODUCT_EXISTS",
    409,
    "There is a product of this code already.",
    when="A new product has the code of another one.",
    remedy="Take another code, or change that product.",
)
OWNER_UNKNOWN = Refusal(
    "OWNER_UNKNOWN",
    404,
    "There is no such customer.",
    when="An account is to be opened for somebody who is no customer.",
    remedy="Check `user_id`.",
)
OWNER_DISABLED = Refusal(
    "OWNER_DISABLED",
    409,
    "This customer has been disabled; no account can be opened for them.",
    when="An account is to be opened for a customer whose log-in is disabled.",
    remedy="An administrator can enable them again.",
)
NOT_SYNTHETIC = Refusal(
    "NOT_SYNTHETIC",
    403,
    "A simulation acts for synthetic customers only.",
    when="A simulation acts for somebody who was not made by one.",
    remedy="Act for customers made with `POST /api/auth/users/batch`.",
)
ACCOUNT_LIMIT_REACHED = Refusal(
    "ACCOUNT_LIMIT_REACHED",
    409,
    "This customer has as many accounts as one person may; close one first.",
    when="One person has as many open accounts as the bank allows.",
    remedy="Close one first.",
    example={"limit": 50, "used": 50},
)
CARD_ENDED = Refusal(
    "CARD_ENDED",
    409,
    "This card can no longer be used.",
    when="The card was reported, cancelled or replaced, or has expired; `details.status` says which.",
    remedy="Use another card, or ask for a new one.",
    example={"status": "lost"},
)
CARD_FROZEN_BY_BANK = Refusal(
    "CARD_FROZEN_BY_BANK",
    409,
    "The bank has frozen this card; only the bank can unfreeze it.",
    when="A card's owner wants to unfreeze, report, replace or cancel a card that staff have frozen, or another card "
    "beside it.",
    remedy="Ask the bank.",
)
CARD_LIMIT_REACHED = Refusal(
    "CARD_LIMIT_REACHED",
    409,
    "This account has as many cards as one account may; cancel one first.",
    when="One account has as many cards in use as the bank allows.",
    remedy="Cancel one first.",
    example={"limit": 10, "used": 10},
)
CARD_NOT_SETTLED = Refusal(
    "CARD_NOT_SETTLED",
    409,
    "Something is owed on this card, is yet to be collected, or was paid too much; settle that first.",
    when="A credit card is to be cancelled whose account is not at zero, of which shops have yet to collect, or whose "
    "last interest the account that it is settled from cannot pay.",
    remedy="Pay what is owed, move away what was paid too much, and wait for what is pending. The last interest is "
    "charged as the card is cancelled: have it on the account that the card is settled from, or, if that is short or "
    "frozen, have it settled from another one (`settlement_account_id`). Then cancel the card.",
    example={"currency": "EUR", "balance": "-40.00"},
)
CREDIT_LIMIT_EXCEEDED = Refusal(
    "CREDIT_LIMIT_EXCEEDED",
    409,
    "Without a decision of the bank's, this card lends less than that.",
    when="A credit card is to lend more than its product grants to one person, their other credit cards counted in.",
    remedy="Ask for `details.limit` or less, or have somebody who works at the bank set the limit.",
    example={"currency": "EUR", "limit": "2500.00", "amount": "5000.00"},
)
ISSUING_REFUSED = Refusal(
    "ISSUING_REFUSED",
    409,
    "The card could not be issued.",
    when="The account service was willing to issue the card, and the ledger was not.",
    remedy="`details.reason_code` says why, by the code that the ledger refused with, `details.reason` in words.",
    example={"reason": "The account is closed.", "reason_code": "ACCOUNT_CLOSED"},
)

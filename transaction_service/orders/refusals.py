"""In which ways what is arranged beforehand is refused; `transaction_service.refusals` lists them. Pure."""

from shared.refusals import Refusal

PAYEE_EXISTS = Refusal(
    "PAYEE_EXISTS",
    409,
    "There is a payee with this account number already.",
    when="A payee is to be kept with the account number of another.",
    remedy="Use or change the payee `details.payee_id`.",
    example={"payee_id": "0190a8c0-5f00-7a00-8000-3c1f5e9b7d42"},
)
PAYEE_LIMIT_REACHED = Refusal(
    "PAYEE_LIMIT_REACHED",
    409,
    "This customer has as many payees as one person may; delete one first.",
    when="One person has as many payees as the bank allows.",
    remedy="Delete one first.",
    example={"limit": 200, "used": 200},
)
ORDER_ENDED = Refusal(
    "ORDER_ENDED",
    409,
    "This order has ended.",
    when="A standing order or a scheduled payment is to be changed that has ended, or was cancelled.",
    remedy="Look at `details.status`. To pay again, place a new order.",
    example={"status": "cancelled"},
)
MANDATE_EXISTS = Refusal(
    "MANDATE_EXISTS",
    409,
    "There is a mandate with this reference already.",
    when="A creditor asks for a mandate with the reference of another of the same account.",
    remedy="Use the mandate `details.mandate_id`, or give another reference.",
    example={"mandate_id": "0190a8c0-5f00-7a00-8000-3c1f5e9b7d42"},
)
MANDATE_NOT_ACTIVE = Refusal(
    "MANDATE_NOT_ACTIVE",
    409,
    "This mandate is not in force.",
    when="Money is to be collected by a mandate that was not confirmed or has ended, or that one is to be confirmed.",
    remedy="Look at `details.status`: wait for the debtor to confirm it, or ask for a new mandate.",
    example={"status": "pending"},
)
MANDATE_IS_ONCE = Refusal(
    "MANDATE_IS_ONCE",
    409,
    "This mandate is for one collection, which is under way.",
    when="A second collection is asked for by a mandate of the kind `once`.",
    remedy="Wait for what comes of `details.collection_id`, or ask for another mandate.",
    example={"collection_id": "0190a8c0-5f00-7a00-8000-3c1f5e9b7d42"},
)
COLLECTION_SETTLED = Refusal(
    "COLLECTION_SETTLED",
    409,
    "This collection is over.",
    when="A collection is to be cancelled or refused that was paid, returned or cancelled.",
    remedy="Look at `details.status`. What was paid can be refunded to the debtor.",
    example={"status": "paid"},
)
NOT_REFUNDABLE = Refusal(
    "NOT_REFUNDABLE",
    409,
    "This collection cannot be refunded.",
    when="The collection was not paid, was refunded already, or more than 56 days have passed since it was paid.",
    remedy="Look at `details.status`; after 56 days, ask the creditor.",
    example={"status": "refunded"},
)

"""What the page of preferences calls the messages that there are, in groups. Pure; a test compares it with them."""

from shared.enums import NotificationType as Kind

GROUPS: tuple[tuple[str, tuple[tuple[Kind, str], ...]], ...] = (
    (
        "Money",
        (
            (Kind.MONEY_RECEIVED, "Money arrives"),
            (Kind.LARGE_PAYMENT, "A large payment leaves"),
            (Kind.PAYMENT_REVERSED, "A payment to you is taken back"),
            (Kind.FLOOR_PASSED, "An account is taken below its limit"),
            (Kind.HOLD_PLACED, "Money is held, as for a card payment"),
            (Kind.HOLD_RAISED, "More money is held"),
            (Kind.HOLD_CAPTURED, "Money that was held is taken"),
            (Kind.HOLD_RELEASED, "Money that was held is available again"),
            (Kind.INTEREST_PAID, "Interest is paid"),
            (Kind.INTEREST_CHARGED, "Interest is charged"),
            (Kind.FEE_CHARGED, "A fee is charged"),
        ),
    ),
    (
        "Cards",
        (
            (Kind.CARD_PAYMENT_DECLINED, "A card payment is declined"),
            (Kind.DISPUTE_RESOLVED, "A dispute is decided"),
            (Kind.CARD_ISSUED, "A new card is ready"),
            (Kind.CARD_CHANGED, "A card's limits or controls change"),
            (Kind.CARD_FROZEN, "A card is frozen"),
            (Kind.CARD_UNFROZEN, "A card is unfrozen"),
            (Kind.CARD_ENDED, "A card ends"),
            (Kind.CARD_STATEMENT_MADE, "A credit card is billed"),
            (Kind.CARD_BILL_PAID, "A credit card bill is paid"),
            (Kind.CARD_BILL_UNPAID, "A credit card bill is not paid in full"),
        ),
    ),
    (
        "Orders and direct debits",
        (
            (Kind.ORDER_PLACED, "A payment is arranged"),
            (Kind.ORDER_CHANGED, "An order is changed, paused or over"),
            (Kind.ORDER_PAID, "A standing order pays"),
            (Kind.ORDER_FAILED, "An order could not be paid"),
            (Kind.MANDATE_REQUESTED, "Somebody asks for a mandate"),
            (Kind.MANDATE_CHANGED, "A mandate is confirmed or has ended"),
            (Kind.COLLECTION_ANNOUNCED, "A direct debit is announced"),
            (Kind.COLLECTION_PAID, "A direct debit is paid"),
            (Kind.COLLECTION_RETURNED, "A direct debit is returned"),
            (Kind.COLLECTION_REFUNDED, "A direct debit is refunded"),
        ),
    ),
    (
        "Accounts",
        (
            (Kind.ACCOUNT_OPENED, "An account is opened"),
            (Kind.ACCOUNT_FROZEN, "An account is frozen"),
            (Kind.ACCOUNT_UNFROZEN, "An account is unfrozen"),
            (Kind.ACCOUNT_CLOSED, "An account is closed"),
            (Kind.PRODUCT_CHANGED, "The terms of a product change"),
            (Kind.STATEMENT_READY, "A month's statement is ready"),
            (Kind.WEBHOOK_FAILED, "A webhook takes no messages"),
        ),
    ),
    (
        "Your log-in",
        (
            (Kind.NEW_DEVICE_LOGIN, "Somebody logs in from a new device"),
            (Kind.PASSWORD_CHANGED, "Your password is changed"),
            (Kind.EMAIL_CHANGED, "Your e-mail address is changed"),
        ),
    ),
)
CHANNEL_NAMES = (("inbox", "Inbox"), ("email", "E-mail"), ("webhook", "Webhooks"))

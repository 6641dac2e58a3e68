"""The words of the audit trail, as those of shared/enums.py: every act that is ever written down is one of these."""

from shared.enums import TextEnum


class AuditAction(TextEnum):
    """What somebody with power did, or what happened to somebody's log-in."""

    LOGGED_IN = "logged_in"
    LOGIN_FAILED = "login_failed"
    LOGIN_LOCKED = "login_locked"
    SESSION_ENDED = "session_ended"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 (a word, no token)
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (a word, no password)
    SIGNING_KEY_CHANGED = "signing_key_changed"
    PROFILE_CHANGED = "profile_changed"
    USER_CREATED = "user_created"
    USERS_CREATED = "users_created"
    USER_CHANGED = "user_changed"

    DATA_EXPORTED = "data_exported"
    USER_ERASED = "user_erased"

    ACCOUNT_OPENED = "account_opened"
    ACCOUNTS_OPENED = "accounts_opened"
    ACCOUNT_RENAMED = "account_renamed"
    ACCOUNT_FROZEN = "account_frozen"
    ACCOUNT_UNFROZEN = "account_unfrozen"
    ACCOUNT_CLOSED = "account_closed"
    CARD_ISSUED = "card_issued"
    CARD_CHANGED = "card_changed"
    CARD_FROZEN = "card_frozen"
    CARD_UNFROZEN = "card_unfrozen"
    CARD_REPORTED = "card_reported"
    CARD_CANCELLED = "card_cancelled"
    CARD_REVEALED = "card_revealed"
    PRODUCT_CREATED = "product_created"
    PRODUCT_CHANGED = "product_changed"
    RATES_REFRESHED = "rates_refreshed"

    MONEY_DEPOSITED = "money_deposited"
    MONEY_WITHDRAWN = "money_withdrawn"
    MONEY_TRANSFERRED = "money_transferred"
    MONEY_POSTED = "money_posted"
    TRANSACTION_REVERSED = "transaction_reversed"
    HOLD_PLACED = "hold_placed"
    HOLD_CAPTURED = "hold_captured"
    HOLD_VOIDED = "hold_voided"
    CARD_PAYMENT_AUTHORIZED = "card_payment_authorized"
    CARD_PAYMENT_INCREMENTED = "card_payment_incremented"
    CARD_PAYMENT_CAPTURED = "card_payment_captured"
    CARD_PAYMENT_REVERSED = "card_payment_reversed"
    CARD_PAYMENT_CLEARED = "card_payment_cleared"
    CARD_PAYMENT_REFUNDED = "card_payment_refunded"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_RESOLVED = "dispute_resolved"
    ORDER_PLACED = "order_placed"
    ORDER_CHANGED = "order_changed"
    ORDER_PAUSED = "order_paused"
    ORDER_RESUMED = "order_resumed"
    ORDER_CANCELLED = "order_cancelled"
    MANDATE_REQUESTED = "mandate_requested"
    MANDATE_CONFIRMED = "mandate_confirmed"
    MANDATE_CANCELLED = "mandate_cancelled"
    COLLECTION_ANNOUNCED = "collection_announced"
    COLLECTION_CANCELLED = "collection_cancelled"
    COLLECTION_REFUNDED = "collection_refunded"
    CLOCK_MOVED = "clock_moved"
    CLOCK_CONFIRMED = "clock_confirmed"
    DUE_WORK_RETRIED = "due_work_retried"

    WORLD_REQUESTED = "world_requested"
    WORLD_ADVANCED = "world_advanced"
    LIVE_MODE_SET = "live_mode_set"
    JOB_CANCELLED = "job_cancelled"
    SCENARIO_INJECTED = "scenario_injected"
    BANK_RESET = "bank_reset"
    FAULT_ADDED = "fault_added"
    FAULT_REMOVED = "fault_removed"

    WEBHOOK_CREATED = "webhook_created"
    WEBHOOK_CHANGED = "webhook_changed"
    WEBHOOK_DELETED = "webhook_deleted"
    WEBHOOK_SECRET_ROTATED = "webhook_secret_rotated"  # noqa: S105 (a word, no secret)
    WEBHOOK_REDELIVERED = "webhook_redelivered"

    PROOF_STARTED = "proof_started"
    BANK_REPORTED = "bank_reported"
    BANK_REPORT_READ = "bank_report_read"
    FEED_BEGAN_ANEW = "feed_began_anew"
    TRAIL_ACCEPTED = "trail_accepted"
    TRAIL_SHORTENED = "trail_shortened"
    BANK_RESTORED = "bank_restored"


class AuditSubject(TextEnum):
    """On what kind of thing it was done."""

    USER = "user"
    ACCOUNT = "account"
    CARD = "card"
    PRODUCT = "product"
    RATES = "rates"
    TRANSACTION = "transaction"
    HOLD = "hold"
    AUTHORIZATION = "authorization"
    DISPUTE = "dispute"
    ORDER = "order"
    MANDATE = "mandate"
    COLLECTION = "collection"
    CLOCK = "clock"
    WORLD = "world"
    BANK = "bank"
    FAULT = "fault"
    WEBHOOK = "webhook"
    PROOF = "proof"
    REPORT = "report"
    SERVICE = "service"
    SIGNING_KEY = "signing_key"


class ActorRole(TextEnum):
    """What whoever did it is: a person's role, or one of the bank's own services."""

    CUSTOMER = "customer"
    EMPLOYEE = "employee"
    ADMIN = "admin"
    SERVICE = "service"


class AuditResult(TextEnum):
    """What came of it."""

    DONE = "done"
    REFUSED = "refused"

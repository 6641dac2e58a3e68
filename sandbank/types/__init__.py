"""The shapes of what the bank answers. Money is decimal text, times are ISO 8601 in UTC, ids are UUIDs."""

from typing import Any, Literal, NotRequired, TypedDict

from sandbank.types.cards import Authorization, Initiator

Role = Literal["customer", "employee", "admin"]
OpenedAccountType = Literal["checking", "savings", "investment"]
"""What can be opened as such; a credit account comes with its card."""
AccountType = Literal["checking", "savings", "investment", "credit"]


class User(TypedDict):
    """Who has a log-in here."""

    id: str
    username: str
    email: str
    full_name: str
    role: Role
    status: Literal["active", "disabled", "erased"]
    created_at: str
    created_at_bank: str | None


class LogIn(TypedDict):
    """A new session, or its next pair of tokens. `expires_in` is of the access token, in seconds."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int
    user: User


class UserSession(TypedDict):
    """A device that is logged in."""

    id: str
    address: str
    user_agent: str
    created_at: str
    last_used_at: str
    expires_at: str
    current: bool


class PasswordRules(TypedDict):
    """The lengths that a new password may have, in characters."""

    min_length: int
    max_length: int


class ResetAcknowledgement(TypedDict):
    """The same for everybody."""

    asked: bool


class SessionsEnded(TypedDict):
    """How many sessions ended."""

    sessions_ended: int


class Account(TypedDict):
    """An account as its owner or the bank's staff see it."""

    id: str
    user_id: str
    holder_name: str
    account_number: str
    account_type: AccountType
    currency: str
    balance: str
    available_balance: str
    held: str
    status: str
    status_reason: str | None
    nickname: str | None
    product: str | None
    interest_rate: str
    accrued_interest: str
    overdraft_limit: str
    overdraft_rate: str
    accrued_overdraft_interest: str
    notice_days: int
    created_at: str
    created_at_bank: str | None
    closed_at: str | None
    closed_at_bank: str | None


class Recipient(TypedDict):
    """Who would be paid. The name is masked."""

    account_number: str
    holder_name: str
    currency: str
    status: str


class Counterparty(TypedDict):
    """The other side of a movement."""

    name: str
    account_number: str | None


class Exchange(TypedDict):
    """What was exchanged, where the sides are in two currencies. What takes an exchange back has no rate of its own."""

    rate: str | None
    reference_rate: str | None
    margin: str | None
    rates_of: str | None
    source_amount: str
    source_currency: str
    target_amount: str
    target_currency: str


class Quote(TypedDict):
    """What the bank gives for what, until `valid_until`. `margin` is the part of it that the bank keeps."""

    id: str
    from_currency: str
    to_currency: str
    from_account_id: str | None
    fixed: Literal["source", "target"]
    rate: str
    reference_rate: str
    margin: str
    rates_of: str
    source_amount: str
    target_amount: str
    created_at: str
    valid_until: str


class TransactionCard(TypedDict):
    """With which card a payment was made, where and how."""

    id: str
    last4: str
    merchant: str
    mcc: str
    country: str
    channel: str
    authorization_id: str | None


class Transaction(TypedDict):
    """A movement of money, or one that was refused; read for one account unless that is null."""

    id: str
    type: str
    status: Literal["completed", "refused", "pending"]
    amount: str
    currency: str
    from_account_id: str | None
    to_account_id: str | None
    account_id: str | None
    direction: Literal["in", "out"] | None
    balance_after: str | None
    counterparty: Counterparty | None
    description: str
    category: str | None
    reference: str
    effective_at: str
    booked_at: str
    reverses: str | None
    reversed_amount: str
    error_code: str | None
    initiated_by: Initiator
    exchange: Exchange | None
    card: TransactionCard | None
    end_to_end_id: str | None
    due_work_id: str | None
    below_floor: str | None


class ItemError(TypedDict):
    """Why one item of a batch was refused."""

    success: bool
    message: str
    error_code: str
    details: dict[str, Any]
    request_id: str | None


class BatchResult(TypedDict):
    """What became of one item of a batch: a transaction, the answer of a card that was asked, or an error."""

    status: Literal["completed", "refused", "replayed"]
    transaction: NotRequired[Transaction | None]
    authorization: NotRequired[Authorization | None]
    error: NotRequired[ItemError | None]


class AccountBatchResult(TypedDict):
    """What became of one opening of a batch."""

    status: Literal["completed", "refused", "replayed"]
    account: NotRequired[Account | None]
    error: NotRequired[ItemError | None]


class BankClock(TypedDict):
    """The bank's time; `real` while nobody has moved it, `running` unless it was told to stand still.

    While it waits for what falls due, `target_time` is where it goes to, else null, and `due_work` how much there is to
    do until then. `stopped_work` was set aside because it failed.
    """

    bank_time: str
    real: bool
    running: bool
    target_time: str | None
    due_work: int
    stopped_work: int


class DueWork(TypedDict):
    """Something that the bank does when its clock is there; `id` is what it is about, such as a hold that expires."""

    id: str
    kind: str
    due_at: str
    account_id: str | None
    amount: str | None
    currency: str | None
    direction: Literal["in", "out"] | None
    description: str
    stopped_because: str | None


class Hold(TypedDict):
    """Money promised and not yet moved; `remaining_amount` is what is held still."""

    id: str
    account_id: str
    amount: str
    captured_amount: str
    remaining_amount: str
    currency: str
    status: Literal["pending", "captured", "voided", "expired"]
    description: str
    expires_at: str
    created_at: str
    ended_at: str | None
    authorization_id: str | None


class AccountLimits(TypedDict):
    """What an account may pay, in one movement and on the bank's present day."""

    account_id: str
    currency: str
    per_payment: str
    daily: str
    used_today: str
    available_today: str
    resets_at: str


class Notification(TypedDict):
    """A message in somebody's inbox."""

    id: str
    type: str
    title: str
    body: str
    link: str
    created_at: str
    read_at: str | None


class UnreadCount(TypedDict):
    """How many messages are unread."""

    unread_count: int


class MarkedRead(TypedDict):
    """How many messages were unread."""

    marked_read: int


class CurrencyTotal(TypedDict):
    """A sum of balances."""

    currency: str
    total: str
    accounts: int


class BalanceTotal(TypedDict):
    """Every account's balance together, and whether the journal says the same."""

    totals: list[CurrencyTotal]
    matches: bool
    as_of_position: int


class ProofJob(TypedDict):
    """A proof that was asked for; `result` is there once it has succeeded, `error` says why it has not."""

    id: str
    status: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    started_at: str
    finished_at: str | None
    result: dict[str, Any] | None
    error: str | None


class ReportSummary(TypedDict):
    """A stored report."""

    id: str
    type: str
    title: str
    account_id: str
    as_of_position: int
    created_at: str


class SimulatorLogIn(TypedDict):
    """A synthetic customer somebody can log in as."""

    username: str
    password: str


class Job(TypedDict):
    """Work of the simulator; `progress` is 0 to 1, and `cancelling` says that it stops after its present step."""

    id: str
    kind: Literal["world", "advance"]
    status: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    stage: str
    progress: float
    posted: int
    refused: int
    transactions_per_second: float
    bank_time: str | None
    until: str | None
    error: str | None
    world_id: str
    created_at: str
    finished_at: str | None
    cancelling: bool
    log_ins: list[SimulatorLogIn]


class Live(TypedDict):
    """Whether the bank lives by itself, and how many bank-seconds pass a second."""

    running: bool
    speed: int


class World(TypedDict):
    """A population and how far it has lived."""

    id: str
    seed: int
    customers: int
    preset: str
    currency: str
    status: Literal["making", "alive", "failed"]
    people: int
    accounts: int
    posted: int
    refused: int
    plan_sha256: str
    start: str | None
    lived_until: str | None
    created_at: str


class SimulatorStatus(TypedDict):
    """The bank's time, the newest world and all of them, live mode and the job under way."""

    bank_time: str | None
    world: World | None
    worlds: list[World]
    live: Live
    job: Job | None


class ResetDone(TypedDict):
    """The services that were emptied."""

    reset: list[str]

"""The statement of an account: what it held before, what moved on it, what it held after. Pure; no format knows more.

Days are the bank's own (shared/time/business_days.py), amounts minor units, signed as the account sees them. Nothing in
a statement says when it was asked for, so a month whose entries do not change has the same bytes each time.
"""

from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from shared.amounts import money
from shared.time.business_days import day_end_us, day_start_us, month_name, whole_month


@dataclass(frozen=True, slots=True)
class Party:
    """The other side of a movement, as the account's owner may see it."""

    name: str
    account_number: str

    @property
    def is_masked(self) -> bool:
        """Whether the number is only part of one: no IBAN then, for formats that ask for one."""
        return "*" in self.account_number


@dataclass(frozen=True, slots=True)
class ExchangedAmount:
    """What a movement was in the other currency, and the rate where it has one."""

    amount_minor: int
    currency: str
    rate: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One movement. `day` is the bank's day it counts for; both instants are microseconds since the epoch."""

    id: str
    position: int
    type: str
    amount_minor: int
    day: date
    effective_at: int
    booked_at: int
    description: str
    category: str | None
    counterparty: Party | None
    end_to_end_id: str | None
    exchanged: ExchangedAmount | None


@dataclass(frozen=True, slots=True)
class Pending:
    """A card payment that its shop has yet to collect: no part of the balance, and shown apart."""

    id: str
    amount_minor: int
    day: date
    description: str


@dataclass(frozen=True, slots=True)
class StatedAccount:
    """Whose statement it is. `number` is whole for its owner, and masked for others."""

    id: str
    holder_name: str
    number: str
    type: str
    currency: str
    nickname: str | None

    @property
    def name(self) -> str:
        """What files call it: what its owner calls it may be another tomorrow."""
        return f"{self.type.capitalize()} account"


@dataclass(frozen=True, slots=True)
class Statement:
    """From the first day to the last, both whole. `lines` are in the order in which the bank's time ran.

    `is_final`: all of the last day is booked; before that, `pending` is what is under way, None where nobody can say.
    `bank_name` is the bank's; it was read at `position` of the journal.
    """

    bank_name: str
    account: StatedAccount
    first: date
    last: date
    opening_minor: int
    lines: tuple[Line, ...]
    is_final: bool
    position: int = 0
    pending: tuple[Pending, ...] | None = ()

    @property
    def currency(self) -> str:
        """The account's."""
        return self.account.currency

    @property
    def balances_minor(self) -> list[int]:
        """What the account held after each of the lines."""
        return list(accumulate((line.amount_minor for line in self.lines), initial=self.opening_minor))[1:]

    @property
    def incoming_minor(self) -> int:
        """All that came in."""
        return sum(line.amount_minor for line in self.lines if line.amount_minor > 0)

    @property
    def outgoing_minor(self) -> int:
        """All that went out, as a positive amount."""
        return -sum(line.amount_minor for line in self.lines if line.amount_minor < 0)

    @property
    def closing_minor(self) -> int:
        """What it held at the end."""
        return self.opening_minor + self.incoming_minor - self.outgoing_minor

    @property
    def month(self) -> str | None:
        """`2026-11` where it is of a whole month; else None."""
        return month_name(self.first) if (self.first, self.last) == whole_month(self.first) else None

    @property
    def made_at(self) -> int:
        """An instant for formats that want to know when a statement was made: the end of its days, once they are over.

        Before that it is when the newest of its movements was booked.
        """
        if self.is_final:
            return day_end_us(self.last)
        return max((line.booked_at for line in self.lines), default=day_start_us(self.first))

    @property
    def reference(self) -> str:
        """A name of its own in at most 35 characters: of the account, of the days it is about, and while these are
        not over of how far it goes, so that no program takes it for the one that comes at their end.
        """
        name = f"{self.account.id.replace('-', '')[-12:]}-{self.first:%y%m%d}-{self.last:%y%m%d}"
        return name if self.is_final else f"{name}-{self.newest_position % 10**8}"

    @property
    def newest_position(self) -> int:
        """That of the newest entry in the journal; 0 without any."""
        return max((line.position for line in self.lines), default=0)

    @property
    def balance_day(self) -> date:
        """The day at whose end it held the closing balance, as far as that is known."""
        if self.is_final:
            return self.last
        return max((line.day for line in self.lines), default=self.first)

    @property
    def file_name(self) -> str:
        """What its files are called, without the format: `statement-0001-2026-11`."""
        span = self.month or f"{self.first.isoformat()}-to-{self.last.isoformat()}"
        return f"statement-{self.account.number[-4:]}-{span}"

    def text_of(self, amount_minor: int) -> str:
        """An amount as decimal text, with the digits of the account's currency."""
        return money.to_text(amount_minor, self.currency)

"""How a person banks: whether they have a credit card and what they put aside. Nobody's habits depend on the others."""

from dataclasses import dataclass

from simulator_service.streams import amounts
from simulator_service.streams.randomness import draw_below, stream_key

CREDIT_CARD_PERCENT, STRAINED_PERCENT, SAVERS_PERCENT, DIRECT_DEBIT_PERCENT = 45, 30, 60, 50
"""Of people, who has a credit card; of these, who buys more by it than they have; of those who can, who saves; who lets
firms collect their bills."""
TREAT, SPENT_BY_CREDIT_CARD, SPENT_BESIDE_TREAT = 2_100, 1_200, 150
"""What somebody who is strained buys each month that the card still pays for, in whole currency units, what others pay
by credit card in a month, and who is strained beside that: together less than the bank's ordinary credit card lends."""
CREDIT_PERCENT = 60
"""Of the purchases of who has a credit card, how many are made with it, where that is not too much."""
_SAVED_PERCENT = 60
"""Of what a saver's wage leaves, how much is put aside."""
_GOLDEN_RATIO = 0x9E37_79B9_7F4A_7C15
_BILLING_DAYS, _FIRST_SAVINGS_DAY, _SAVINGS_DAYS = 28, 2, 4


@dataclass(frozen=True, slots=True)
class Habits:
    """Money in minor units; `savings_minor` is a month's, 0 for none.

    `credit_percent`: how many purchases are made by credit card. `treat_minor`: what somebody who is strained buys by
    it each month, whatever there is in the account; 0 for others.
    """

    credit_percent: int
    has_credit_card: bool
    billing_day: int
    treat_minor: int
    savings_minor: int
    savings_day: int
    lets_collect: bool


def habits_of(
    seed: int, number: int, unit: int, *, wage_minor: int, outgoings_minor: int, spending_minor: int
) -> Habits:
    """The habits of person `number`; `unit` is a whole unit of the currency in minor units."""
    owner = f"p{number}"
    has_credit_card = _share(seed, "credit card", number) < CREDIT_CARD_PERCENT
    is_strained = has_credit_card and _share(seed, "beyond means", number) < STRAINED_PERCENT
    bearable = (SPENT_BESIDE_TREAT if is_strained else SPENT_BY_CREDIT_CARD) * unit
    surplus = max(0, wage_minor - outgoings_minor)
    saves = draw_below(stream_key(seed, owner, "saves"), 0, 100) < SAVERS_PERCENT and surplus >= 20 * unit
    return Habits(
        credit_percent=min(CREDIT_PERCENT, 100 * bearable // max(1, spending_minor)) if has_credit_card else 0,
        has_credit_card=has_credit_card,
        billing_day=1 + draw_below(stream_key(seed, owner, "billing day"), 0, _BILLING_DAYS),
        treat_minor=TREAT * unit if is_strained else 0,
        savings_minor=amounts.rounded_to(surplus * _SAVED_PERCENT // 100, 10 * unit) if saves else 0,
        savings_day=_FIRST_SAVINGS_DAY + draw_below(stream_key(seed, owner, "savings day"), 0, _SAVINGS_DAYS),
        lets_collect=_share(seed, "lets collect", number) < DIRECT_DEBIT_PERCENT,
    )


def _share(seed: int, purpose: str, number: int) -> int:
    """0..99 along a golden-ratio sequence, so that even a few people show about the share that is wanted."""
    position = (stream_key(seed, "mix", purpose) + number * _GOLDEN_RATIO) % (1 << 64)
    return (position * 100) >> 64

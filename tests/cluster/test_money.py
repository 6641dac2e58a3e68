"""The races on money, with writers at every server of a cluster at once."""

import pytest

from tests.integration.test_concurrency import (
    test_64_partial_reversals_at_once_never_exceed_the_original,
    test_crossing_transfers_neither_deadlock_nor_lose_a_cent_while_reads_stay_consistent,
    test_of_64_withdrawals_of_the_whole_balance_exactly_one_succeeds,
)
from tests.integration.test_exchange_races import test_exchanges_back_and_forth_at_once_keep_every_currency_at_zero
from tests.integration.test_hold_races import (
    test_of_two_holds_on_the_last_euro_one_is_placed,
    test_parts_captured_at_once_are_never_more_than_was_held,
)
from tests.integration.test_idempotency import (
    test_one_key_64_times_at_once_executes_once,
    test_one_key_with_two_bodies_at_once_lets_the_loser_write_nothing,
)
from tests.integration.test_order_races import test_refunded_at_once_the_money_comes_back_once

__all__ = [
    "test_64_partial_reversals_at_once_never_exceed_the_original",
    "test_crossing_transfers_neither_deadlock_nor_lose_a_cent_while_reads_stay_consistent",
    "test_exchanges_back_and_forth_at_once_keep_every_currency_at_zero",
    "test_of_64_withdrawals_of_the_whole_balance_exactly_one_succeeds",
    "test_of_two_holds_on_the_last_euro_one_is_placed",
    "test_one_key_64_times_at_once_executes_once",
    "test_one_key_with_two_bodies_at_once_lets_the_loser_write_nothing",
    "test_parts_captured_at_once_are_never_more_than_was_held",
    "test_refunded_at_once_the_money_comes_back_once",
]
pytestmark = pytest.mark.cluster

"""The ledger's figures for `/metrics`: what waits for the writer, and what falls due."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from shared.observability.readings import gauge
from shared.time.clock import MICROSECONDS
from transaction_service.context import LedgerContext
from transaction_service.due_work import bank_clock, queue
from transaction_service.ledger import journal


def readings_of_ledger(context: LedgerContext) -> Iterator[Metric]:
    """Read in one look at the database."""
    with context.database.read() as connection:
        position = journal.state(connection).head_position
        bank_time_us = bank_clock.read(connection, now_us=context.machine_clock.shown_us()).target_us
        due_us = queue.next_due_at(connection)
        stopped = queue.count_stopped(connection)
    late_us = 0 if due_us is None else max(bank_time_us - due_us, 0)
    yield gauge("ledger_orders_waiting", "Requests that wait for the writer of this process", context.commits.waiting)
    yield gauge("ledger_journal_position", "How many entries the journal has", position)
    yield gauge(
        "ledger_due_work_behind_seconds",
        "By how much of the bank's time the earliest work that is due is late",
        late_us / MICROSECONDS,
    )
    yield gauge("ledger_due_work_stopped", "Work that was set aside because it failed", stopped)
    drifted = len(context.reconciliation.found)
    yield gauge("ledger_drift_findings", "Accounts and currencies that were off when last compared", drifted)

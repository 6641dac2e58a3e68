"""How long nobody is paid."""

import time

from tests.bank_processes import wait_until
from tests.resilience.trusting_clients import CLIENTS, TrustingClients

LONGEST_OUTAGE_SECONDS = 55.0


def seconds_until_paid(clients: TrustingClients) -> float:
    """How long it takes until more is paid than could have been under way. Fails the test after a minute."""
    began, before = time.monotonic(), len(clients.done)
    wait_until(lambda: len(clients.done) > before + 4 * CLIENTS, LONGEST_OUTAGE_SECONDS)
    return time.monotonic() - began

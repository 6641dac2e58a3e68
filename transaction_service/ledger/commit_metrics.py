"""What the writer of money is measured by."""

from prometheus_client import Histogram

COMMIT_ORDERS = Histogram(
    "ledger_commit_orders",
    "Orders that shared one commit",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
)
COMMIT_SECONDS = Histogram(
    "ledger_commit_seconds",
    "Time to decide on the orders of one commit, write them, and have them on disk",
    buckets=(0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1, 2.5, 10),
)

"""What the simulator, which keeps faults on demand, and the gateway, which provokes them, both go by."""

from typing import Literal, get_args

from shared.enums import FaultKind

FAULTS_PATH = "/api/simulator/faults"
"""Where they are added and removed; nothing goes wrong there."""
LONGEST_MILLISECONDS = 30_000
TIMED_KINDS = frozenset({FaultKind.LATENCY, FaultKind.STALE_READ, FaultKind.RATE_LIMITED})
"""Those that take or last some time."""
ErrorStatus = Literal[500, 502, 503, 504]
ERROR_STATUSES: tuple[int, ...] = get_args(ErrorStatus)

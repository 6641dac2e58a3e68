"""Worlds and jobs as the API shows them."""

from typing import Any

from shared.time.clock import MICROSECONDS, to_wire
from simulator_service.models import Job, StoredWorld
from simulator_service.repository import WHOLE_PPM


def job(row: Job, *, bank_us: int | None, log_ins: list[dict[str, str]]) -> dict[str, Any]:
    """The job; `bank_us` is how far its world has been lived."""
    return {
        "id": row.id,
        "kind": row.kind,
        "status": row.status,
        "stage": row.stage,
        "progress": row.progress_ppm / WHOLE_PPM,
        "posted": row.posted,
        "refused": row.refused,
        "transactions_per_second": round((row.posted + row.refused) * MICROSECONDS / max(row.busy_us, 1), 1),
        "bank_time": _optional(bank_us),
        "until": _optional(row.until_us),
        "error": row.error,
        "world_id": row.world_id,
        "created_at": to_wire(row.created_at),
        "finished_at": _optional(row.finished_at),
        "cancelling": row.cancel_asked_at is not None and row.finished_at is None,
        "log_ins": log_ins,
    }


def world(row: StoredWorld, *, people: int, accounts: int) -> dict[str, Any]:
    """The world's summary; `accounts` counts those of its firms too."""
    return {
        "id": row.id,
        "seed": row.seed,
        "customers": row.customers,
        "preset": row.preset,
        "currency": row.currency,
        "status": row.status,
        "people": people,
        "accounts": accounts,
        "posted": row.posted,
        "refused": row.refused,
        "plan_sha256": row.plan_sha256,
        "start": _optional(row.start_us),
        "lived_until": _optional(row.lived_until_us),
        "created_at": to_wire(row.created_at),
    }


def _optional(moment_us: int | None) -> str | None:
    return None if moment_us is None else to_wire(moment_us)

"""Alembic's entry to this service's schema steps."""

from shared.storage.migrations import run_environment

run_environment()

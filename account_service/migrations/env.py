"""Alembic's entry point; the work is the same for every service."""

from shared.storage.migrations import run_environment

run_environment()

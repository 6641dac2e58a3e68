"""Alembic's entry point; the shared migrator has prepared the connection."""

from shared.storage.migrations import run_environment

run_environment()

"""Alembic's entry point; the work is the same for every service."""

from shared.migrations import run_environment

run_environment()

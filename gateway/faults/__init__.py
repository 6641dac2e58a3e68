"""Faults on demand: what goes wrong on purpose with a request, in a bank in development."""

"""Faults on demand: what is to go wrong on purpose, kept here and provoked by the gateway."""

"""Stored reports as files."""

"""Logging in: whose password it is, and how guessing is slowed down."""

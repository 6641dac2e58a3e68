"""Statements of an account: one object, read once, in as many formats as there are renderers."""

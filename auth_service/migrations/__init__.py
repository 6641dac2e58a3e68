"""Schema steps of the auth database."""

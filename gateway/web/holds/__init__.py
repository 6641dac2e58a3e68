"""Money that is held on an account."""

"""One's own data: taking them along."""

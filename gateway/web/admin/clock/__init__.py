"""The bank's clock: where it is, where it goes to, and what falls due."""

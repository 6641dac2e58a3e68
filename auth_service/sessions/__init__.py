"""Sessions: opened at log-in, carried on by refresh tokens, ended for good."""

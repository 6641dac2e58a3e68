"""Log-in, registration, log-out."""

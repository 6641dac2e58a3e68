"""The ledger checks itself, and lists itself for whoever checks it against other records."""

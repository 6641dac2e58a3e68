"""The ledger: journal, postings, balances, idempotency keys and the bank clock. Money moves here and nowhere else."""

"""Payment cards: their numbers, their life, and what the ledger is told of them."""

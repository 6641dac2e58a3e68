"""Direct debits: what may be collected from one's accounts, and what one collects."""

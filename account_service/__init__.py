"""The control plane of accounts: products, numbers, nicknames and lifecycle. Money is the ledger's."""

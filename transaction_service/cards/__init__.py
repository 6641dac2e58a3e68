"""Cards as the ledger knows them, and what shops ask of them: authorizations, clearings, refunds, disputes."""

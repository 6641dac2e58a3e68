"""Commands that show, explain and save what the bank has on record."""

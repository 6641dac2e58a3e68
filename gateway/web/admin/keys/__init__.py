"""The keys that the bank signs log-ins with."""

"""The people who bank and work here."""

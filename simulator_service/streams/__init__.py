"""Keyed random streams, and what is drawn from them: amounts and dates."""

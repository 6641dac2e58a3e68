"""Exchanging money between currencies: the rates of a day, quotes, and what is given for what."""

"""Commands for cards, their bills and disputes, and for the card network."""

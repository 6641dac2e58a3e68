"""Erasing a person: their name goes from every service, the books stay."""

"""Tokens: what they say, the keys that sign them, and taking them back."""

"""Everybody's cards, and what their holders dispute."""

"""Webhooks: a program hears of what happens."""

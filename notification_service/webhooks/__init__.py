"""Webhooks: who hears of what, the events, and sending them as Standard Webhooks."""

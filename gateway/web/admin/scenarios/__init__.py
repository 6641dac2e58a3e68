"""Scenarios: crimes and shocks in a world."""

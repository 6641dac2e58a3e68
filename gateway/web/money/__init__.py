"""Deposit, withdraw, transfer."""

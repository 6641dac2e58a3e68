"""Payments that somebody arranges beforehand: payees, standing orders, scheduled payments, direct debits."""

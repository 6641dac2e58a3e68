"""Payments arranged beforehand: payees, standing orders, payments on a day, direct debits."""

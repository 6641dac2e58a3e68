"""Statements of accounts: the months there are, and files of them."""

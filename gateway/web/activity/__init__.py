"""A customer's transactions."""

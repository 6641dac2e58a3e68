"""A customer's accounts."""

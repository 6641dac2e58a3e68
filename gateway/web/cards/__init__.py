"""A customer's payment cards."""

"""Money and rates: exact inside, decimal text outside."""

"""Published rates: what a euro is worth in other currencies, and what central banks and others pay for money."""

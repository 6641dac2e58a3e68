"""Where money is spent: chains that are everywhere, shops of a town, and how customers share themselves among them."""

"""What the bank offers, for administrators: its products, their versions, and changing them."""

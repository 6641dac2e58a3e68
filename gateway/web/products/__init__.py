"""What the bank offers, for everybody."""

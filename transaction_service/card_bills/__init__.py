"""What a credit card's holder owes: a statement on the billing day, settled from their checking account."""

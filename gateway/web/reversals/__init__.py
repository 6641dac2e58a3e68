"""Taking a transaction back."""

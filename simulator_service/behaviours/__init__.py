"""What people do with their money, each kind of it planned from its own streams."""

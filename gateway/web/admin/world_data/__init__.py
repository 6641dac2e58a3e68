"""What comes out of worlds: their data with the truth, and people by persona."""

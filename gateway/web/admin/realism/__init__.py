"""How like life the newest world is."""

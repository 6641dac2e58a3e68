"""The bank clock: the time in which things fall due."""

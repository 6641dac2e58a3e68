"""Movements as files of any length, written while they are read."""

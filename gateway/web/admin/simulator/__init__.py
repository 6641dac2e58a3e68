"""Worlds of synthetic customers, and their clock."""

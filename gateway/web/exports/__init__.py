"""Movements as files of any length."""

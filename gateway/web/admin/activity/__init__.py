"""Everybody's transactions."""

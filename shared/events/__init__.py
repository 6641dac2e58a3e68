"""Feeds of events between services: written, read, and rung for."""

"""Preferences: by which ways somebody wants to be told of what."""

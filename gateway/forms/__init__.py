"""The web bank's forms."""

"""The bank at a glance."""

"""The whole bank this second."""

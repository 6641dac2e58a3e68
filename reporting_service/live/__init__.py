"""The whole bank as it is this second, for administrators who watch."""

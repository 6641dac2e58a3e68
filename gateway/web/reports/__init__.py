"""Reports and their charts."""

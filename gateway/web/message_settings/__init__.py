"""Settings of what one is told, and by which ways."""

"""What reporting derives from the feeds of the other services, and how far it has followed each."""

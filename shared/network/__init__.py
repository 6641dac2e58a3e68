"""Where servers are and how one calls another."""

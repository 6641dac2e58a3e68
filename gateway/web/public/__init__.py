"""Pages for everybody: home, service status, API documentation."""

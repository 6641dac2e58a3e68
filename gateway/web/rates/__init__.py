"""Published rates on the pages."""

"""One renderer a format: from a Statement to bytes. Nothing but `FORMATS` knows which there are."""

"""Reports that people build themselves."""

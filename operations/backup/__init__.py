"""Backups of a bank of SQLite files: made while it runs, proved, and restored (docs/adr/0035)."""

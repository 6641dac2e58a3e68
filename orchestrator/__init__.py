"""Starts, watches and stops the bank's processes on one machine; `run_services.py` is the entry."""

"""Holds: money that is promised and not yet moved. It takes from what is available, not from the balance."""

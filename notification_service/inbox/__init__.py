"""The inbox: which rows of the feeds are worth a message, and what it says."""

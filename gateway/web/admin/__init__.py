"""The pages of those who work in the bank."""

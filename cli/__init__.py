"""The `sandbank` command: a client of the bank's public API, and of nothing else."""

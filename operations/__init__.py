"""What an operator does with a bank on its own machine, beside its API: backups, and changing keys."""

"""The figures of the bank, measured on this machine, each beside its limit from the same run: `make bench`."""

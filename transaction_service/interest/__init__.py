"""Interest, fees and overdraft limits: rate plans, what accounts earn and owe by them, and posting it."""

"""Who people are: users, passwords, sessions, signing keys, service clients."""

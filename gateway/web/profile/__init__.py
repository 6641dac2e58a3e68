"""Name and e-mail address."""

"""What hashing a password costs in tests: next to nothing. What it costs in a bank is a claim of tests of its own."""

CHEAP_HASH = "scrypt:1024:1:1"

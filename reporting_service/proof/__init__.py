"""The proof that all services agree, and the checks that it consists of."""

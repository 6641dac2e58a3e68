"""What is true of a world and the bank does not know: the twin of its data, exports of both, and people by persona."""

"""Commands that move money, at once or later."""

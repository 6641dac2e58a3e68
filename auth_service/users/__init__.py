"""Users: who there is, how they come to be, and what they and administrators change of them."""

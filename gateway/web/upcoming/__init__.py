"""What will fall due on somebody's accounts."""

"""What is kept of a person, what others see of it, and how it goes."""

"""What happens in a world beside its people's own plans, each kind with a label and with a benign look-alike."""

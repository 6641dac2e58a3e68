"""What a custom report has said, as files."""

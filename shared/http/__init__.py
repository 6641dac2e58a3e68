"""What every service's HTTP has in common: the application, its payloads, errors, pages of lists and keys."""

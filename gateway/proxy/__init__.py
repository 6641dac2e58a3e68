"""The proxy of `/api/*`, in front of the pages and without Flask."""

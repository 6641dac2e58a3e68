"""The bank's one front door: the proxy of `/api/*`, the bank's health, the API's documentation, the pages."""

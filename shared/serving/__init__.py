"""How a service's process talks HTTP: slow clients wait in one poller and never hold a thread (docs/adr/0009)."""

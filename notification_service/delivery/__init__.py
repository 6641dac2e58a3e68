"""The one outbox of everything that the bank sends to the outside, and the worker that empties it."""

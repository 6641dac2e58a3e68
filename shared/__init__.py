"""The small library every service stands on. It holds no tables, no product rules and no service's payloads."""

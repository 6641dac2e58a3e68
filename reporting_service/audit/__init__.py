"""The audit trail of the whole bank: gathered from the services, chained, anchored, searched and proved."""

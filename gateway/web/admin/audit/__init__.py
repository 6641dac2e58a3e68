"""The audit trail: what people with power did."""

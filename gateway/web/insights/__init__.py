"""Money over time: one's own, and for administrators the bank's."""

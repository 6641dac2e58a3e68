"""The reports, and the queries over the projections that they are made of."""

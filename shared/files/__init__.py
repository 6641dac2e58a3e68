"""Files that a service gives out: what stands in their cells, and archives that are written while they are read."""

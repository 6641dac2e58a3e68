"""The read side of the bank: projections of what the other services tell, reports over them, and the proof."""

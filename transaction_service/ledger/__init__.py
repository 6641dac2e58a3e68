"""What moves money: the rules, the decisions, the movements that carry them out, the journal and its chain."""

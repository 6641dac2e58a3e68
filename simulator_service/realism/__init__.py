"""How like life a planned world is: measures of it, published targets, and the scorecard that holds one to the
other."""

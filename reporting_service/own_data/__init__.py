"""Everything that the bank keeps of a person, as one archive for them."""

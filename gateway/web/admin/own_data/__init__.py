"""What the bank keeps of a person, for administrators."""

"""The plan of a world, before the bank has any say."""

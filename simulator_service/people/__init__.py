"""Who lives in a world: its people, their habits and names, and the firms they deal with."""

"""Presets: how people live in a world, as figures in TOML files."""

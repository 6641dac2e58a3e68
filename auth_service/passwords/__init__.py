"""Passwords: which are good enough, how they are hashed, and changing one."""

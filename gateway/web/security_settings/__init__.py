"""The password, and the devices that are signed in."""

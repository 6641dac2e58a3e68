"""The password, and the devices that are logged in."""

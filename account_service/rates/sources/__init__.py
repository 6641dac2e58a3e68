"""The sources, one file each: where they are, and a strict parser of what they publish."""

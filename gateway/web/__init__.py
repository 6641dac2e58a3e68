"""The pages for people: a package a feature, and beside them what several features share."""

"""Pairs of images and texts: demo scenes, which need nothing, and readers of known collections."""

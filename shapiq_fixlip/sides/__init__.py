"""Sides: one input of the pair with its players."""

"""Encoders: two towers that embed masked images and masked texts in one space."""

"""Coalitions: which of them are evaluated, and the random streams that draw them."""

"""Explanations side by side: indices, models, probabilities, pairs."""

"""Demo data and models that need no download: rendered scenes and three small trained encoders."""

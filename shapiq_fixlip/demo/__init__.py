"""Demo data and models that need no download: rendered scenes and two small trained encoders."""

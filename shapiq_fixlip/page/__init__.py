"""The interactive page: one HTML file that needs nothing else."""

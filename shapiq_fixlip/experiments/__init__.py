"""Many inputs, one after the other or at once: evaluations and batches that survive a kill."""

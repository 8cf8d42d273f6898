"""Solvers: from the embeddings of some coalitions to interactions and their standard errors."""

"""Pictures of explanations (matplotlib)."""

"""Which coalitions are evaluated."""

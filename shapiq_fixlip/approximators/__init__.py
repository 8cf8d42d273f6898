"""From games to interactions."""

"""From values at some coalitions to derivatives of a side and their errors."""

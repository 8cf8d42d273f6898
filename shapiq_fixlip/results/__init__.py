"""What an explanation says: labels, tables, intervals."""

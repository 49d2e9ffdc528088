"""The path on the clock."""

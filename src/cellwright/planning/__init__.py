"""The stages wired for one cell, and the plan they give."""

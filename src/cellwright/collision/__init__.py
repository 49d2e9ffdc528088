"""Distances and contacts: fast fields for the search, an exact engine as the judge."""

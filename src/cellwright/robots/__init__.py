"""Robots: descriptions read, the catalogue, link geometry."""

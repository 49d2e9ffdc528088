"""Strokes and the transits between them."""

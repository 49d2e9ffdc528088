"""Processes, one file each, and what they want done."""

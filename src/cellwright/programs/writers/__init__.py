"""One writer a brand."""

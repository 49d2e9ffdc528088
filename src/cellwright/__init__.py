"""Cellwright: from a robot job to a proven cell."""

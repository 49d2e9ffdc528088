"""Processes, one file each, and what they want done."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .arc_weld import ArcWeld

Task = ArcWeld
"""One block of ``tasks:``; with a second process ``Annotated[ArcWeld | ..., Discriminator("kind")]``."""

PROCESSES: Mapping[str, type[Task]] = MappingProxyType({"arc_weld": ArcWeld})
"""Kind of a task -> its block."""

"""The speeds, zones, tools and work objects that every RAPID controller knows without a declaration."""

from __future__ import annotations

from collections.abc import Mapping

from .rapid import Text, Value

_SPEEDS = (
    5, 10, 20, 30, 40, 50, 60, 80, 100, 150, 200, 300, 400, 500, 600, 800, 1000, 1500, 2000, 2500, 3000, 4000,
    5000, 6000, 7000,
)  # fmt: skip
_ZONES = (0, 1, 5, 10, 15, 20, 30, 40, 50, 60, 80, 100, 150, 200)
_NULL: list[Value] = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]
PREDEFINED: Mapping[str, Value] = {
    **{f"V{v}": [float(v), 500.0, 5000.0, 1000.0] for v in _SPEEDS},
    **{f"Z{z}": [False, float(z) if z else 0.3, 0.0, 0.0, 0.0, 0.0, 0.0] for z in _ZONES},
    "FINE": [True, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    "TOOL0": [True, _NULL, [0.001, [0.0, 0.0, 0.001], [1.0, 0.0, 0.0, 0.0], 0.0, 0.0, 0.0]],
    "WOBJ0": [False, True, Text(""), _NULL, _NULL],
}
"""Upper-case name -> value as RAPID would write it [mm, mm/s, deg/s]."""

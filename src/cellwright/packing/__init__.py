"""Cases on pallets: mixed orders and layers of one case."""

from __future__ import annotations

from .model import Case, Deck, Load, Placed
from .patterns import layer, layer_bound, stack_layers
from .stacking import stack_cases

__all__ = ["Case", "Deck", "Load", "Placed", "layer", "layer_bound", "stack_cases", "stack_layers"]

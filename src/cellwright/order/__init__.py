"""In which order, in which direction and with which stroke operations are done."""

from .sequence import EXACT, Order, find_order

__all__ = ["EXACT", "Order", "find_order"]

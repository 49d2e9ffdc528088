"""In which order, in which direction and with which stroke operations are done."""

from .sequence import EXACT, EXACT_WORK, Order, find_order

__all__ = ["EXACT", "EXACT_WORK", "Order", "find_order"]

"""In which order, in which direction and with which stroke operations are done; and who waits for whom."""

from .dispatch import find_dispatch, least_takt
from .events import Need, Span
from .routine import Activity, Duration, Resource, Routine, always
from .schedule import Hold, Schedule, Wait, make_schedule
from .sequence import EXACT, EXACT_WORK, Order, find_order

__all__ = [
    "EXACT",
    "EXACT_WORK",
    "Activity",
    "Duration",
    "Hold",
    "Need",
    "Order",
    "Resource",
    "Routine",
    "Schedule",
    "Span",
    "Wait",
    "always",
    "find_dispatch",
    "find_order",
    "least_takt",
    "make_schedule",
]

"""How controllers move: ramps, corner zones, point-to-point moves. Timing, report and replay read it here alone."""

from .brands import CONTROLLERS, controller_of
from .calibration import Calibration, calibrate, gate_time, pooled, ramp_of, ramp_time, stops_time
from .corners import begins, missed, rounding, zone_within
from .model import Controller, Zone
from .moves import joint_time, s_curve_time
from .ramps import PUBLISHED, RAMPS, accelerations, why_the_range

__all__ = [
    "CONTROLLERS",
    "PUBLISHED",
    "RAMPS",
    "Calibration",
    "Controller",
    "Zone",
    "accelerations",
    "begins",
    "calibrate",
    "controller_of",
    "gate_time",
    "joint_time",
    "missed",
    "pooled",
    "ramp_of",
    "ramp_time",
    "rounding",
    "s_curve_time",
    "stops_time",
    "why_the_range",
    "zone_within",
]

"""The controllers, one file a brand."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..robots.model import Robot
from . import abb, aubo, dobot, estun, fanuc, jaka, kawasaki, kuka, mitsubishi, staubli, ur, yaskawa
from .model import Controller
from .ramps import RAMPS

CONTROLLERS: Mapping[str, Controller] = MappingProxyType(
    {
        module.CONTROLLER.brand: module.CONTROLLER
        for module in (abb, aubo, dobot, estun, fanuc, jaka, kawasaki, kuka, mitsubishi, staubli, ur, yaskawa)
    }
)


def controller_of(robot: Robot) -> Controller:
    """Return the controller model of a robot; one without a known controller gets the general one."""
    brand = robot.controller.brand if robot.controller else ""
    return CONTROLLERS.get(brand, Controller(brand=brand, ramps=RAMPS))

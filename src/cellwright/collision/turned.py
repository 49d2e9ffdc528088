"""Bodies that links carry: what a robot stands on, and, seen from a positioner's table, all the world."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..cell import Body, Cell, link_of
from ..geometry import Array, inv
from ..kinematics.chain import base_T_links
from ..shapes import Box, Sphere, bounds, moved
from .balls import Cover, constant, cover

_BODY, _NEAR = 0.06, 0.025  # patches of a body that share a ball; of what turns a hand's breadth from it [m]
_SUNK, _RISE, _ROUND = 0.5, 0.02, 2.5  # balls of a floor: radius, how far they stand out, how far round the robot [m]


def turned_bodies(cell: Cell) -> list[tuple[Body, int, Array]]:
    """Return the bodies that count as the robot's own, the link that carries each, and ``link_T_body`` (4, 4).

    Without a positioner that is what the robot stands on; with one, everything, for all of it moves against the rest.
    """
    if cell.positioner is None:
        base_T_world = inv(cell.world_T_base)
        columns = [body for body in cell.bodies if body.kind == "pedestal"]
        return [(body, 0, np.round(base_T_world @ body.world_T_body, 9)) for body in columns]
    chain = cell.robot.chain
    link_T_world = inv(cell.world_T_base @ base_T_links(chain, np.zeros(chain.dof)))
    links = [link_of(cell, body.name) for body in cell.bodies]
    return [(body, link, link_T_world[link] @ body.world_T_body) for body, link in zip(cell.bodies, links, strict=True)]


def turned_cover(cell: Cell, body: Body, link_T_body: Array) -> Cover:
    """Return the balls of such a body in the frame of its link."""
    if body.kind == "floor":
        return cover(_sunk(body, link_T_body), constant(_SUNK))
    shapes = tuple(moved(shape, link_T_body) for shape in body.shapes)
    if body.name in own_bodies(cell):
        return cover(shapes, constant(_NEAR))
    if len(shapes) == 1 and isinstance(box := shapes[0], Box):  # robot after robot stands on the same columns
        # the base's own place cancels but for rounding
        return _box_cover(tuple(map(float, box.size)), tuple(map(float, np.round(box.body_T_box, 9).ravel())))
    return cover(shapes, constant(_BODY))


@lru_cache(maxsize=64)
def _box_cover(size: tuple[float, ...], body_T_box: tuple[float, ...]) -> Cover:
    return cover((Box(size=np.array(size), body_T_box=np.array(body_T_box).reshape(4, 4)),), constant(_BODY))


def _sunk(body: Body, link_T_body: Array) -> tuple[Sphere, ...]:
    """Return balls below the top of a floor that cover it where arms get to; further out it is left to the judge.

    Balls of radius r whose middles lie r - h deep stand out by h and close the surface at a spacing that is ``wide``.
    """
    top, depth = max(float(bounds(shape)[1, 2]) for shape in body.shapes), _SUNK - _RISE
    wide = np.sqrt(2.0 * (_SUNK**2 - depth**2))
    steps = wide * np.arange(-np.ceil(_ROUND / wide), np.ceil(_ROUND / wide) + 1)
    middle = inv(link_T_body)[:3, 3]
    at = [(middle[0] + x, middle[1] + y, top - depth) for x in steps for y in steps]
    return tuple(Sphere(radius=_SUNK, centre=link_T_body[:3, :3] @ c + link_T_body[:3, 3]) for c in np.array(at))


def own_bodies(cell: Cell) -> frozenset[str]:
    """Return the bodies of a positioner, and what its axes carry."""
    if cell.positioner is None:
        return frozenset()
    return frozenset(name for names in (*cell.positioner.carries, *cell.positioner.own) for name in names)

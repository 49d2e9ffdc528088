"""A stranger who judges a plan from ``plan.json`` and the robot's published description, with formulas of his own."""

import json

import numpy as np

from cellwright.robots.catalogue import load_robot


class PlanReader:
    """What the document says, and the figures that follow from it."""

    def __init__(self, content: bytes) -> None:
        self.document = json.loads(content)
        (track,) = self.document["tracks"]
        self.t, self.q = np.array(track["t"]), np.array(track["q"])
        self.joints = track["joints"]
        self.robot = load_robot(self.document["robot"])  # the limits and offsets are data, not our motion
        self.tip = np.array([self.pose(q) for q in self.q])

    def pose(self, q: np.ndarray) -> np.ndarray:
        """Return where the wire's tip is in the world: offsets and turns, one joint after the other."""
        chain = self.robot.chain
        at = np.array(self.document["world_T_base"])
        for offset, axis, angle in zip(chain.parent_T_joint, chain.axis, q, strict=True):
            at = at @ offset @ about(axis, angle)
        return at @ chain.last_T_flange @ np.array(self.document["flange_T_tool"])

    def rows(self, stroke: dict) -> np.ndarray:
        """Return the rows of a stroke."""
        return np.flatnonzero((self.t >= stroke["t0"] - 1e-8) & (self.t <= stroke["t1"] + 1e-8))


def about(axis: np.ndarray, angle: float) -> np.ndarray:
    """Return the turn about an axis by the exponential series of its cross-product matrix (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turn = np.eye(4)
    turn[:3, :3] += np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return turn

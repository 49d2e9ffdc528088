"""Parts that several tests read, and the second opinion about inside and outside."""

from pathlib import Path

import numpy as np
import pytest

from cellwright.parts.model import Part
from cellwright.parts.reading import read_part
from cellwright.shapes import Mesh

REPOSITORY = Path(__file__).parents[2]
BRACKET = REPOSITORY / "examples" / "parts" / "bracket.step"


@pytest.fixture(scope="session")
def bracket() -> Part:
    pytest.importorskip("OCP", reason="the CAD engine is not installed")
    return read_part(BRACKET)


def winding(mesh: Mesh, points: np.ndarray) -> np.ndarray:
    """Return how often the mesh goes round each point (n,): 1 inside, 0 outside (van Oosterom & Strackee 1983)."""
    total = np.zeros(len(points))
    corners = mesh.vertices[mesh.faces]
    for i, point in enumerate(points):
        a, b, c = np.moveaxis(corners - point, 1, 0)
        la, lb, lc = (np.linalg.norm(v, axis=1) for v in (a, b, c))
        above = np.einsum("ij,ij->i", a, np.cross(b, c))
        dots = [np.einsum("ij,ij->i", u, v) for u, v in ((a, b), (b, c), (c, a))]
        below = la * lb * lc + dots[0] * lc + dots[1] * la + dots[2] * lb
        total[i] = 2.0 * np.arctan2(above, below).sum() / (4.0 * np.pi)
    return total

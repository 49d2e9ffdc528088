"""What lies inside something closed, whichever of the two moves and however many pieces it has."""

from dataclasses import replace

import numpy as np
import pytest

from cellwright.cell import Body, Cell, ToolBody
from cellwright.collision.containing import contained
from cellwright.geometry import Array, pose
from cellwright.kinematics.chain import base_T_links
from cellwright.shapes import Box, Cylinder, Mesh, Shape, Sphere, triangles
from small_cell import small_cell

AHEAD = np.array([0.0, 0.0, 0.6])  # free air on the flange's axis


def flange(cell: Cell) -> Array:
    return cell.world_T_base @ base_T_links(cell.robot.chain, cell.home)[-1] @ cell.robot.chain.last_T_flange


def ball(radius: float, centre: Array) -> Mesh:
    return triangles(Sphere(radius=radius, centre=np.asarray(centre, float)))


def both(*meshes: Mesh) -> Mesh:
    offsets = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = [mesh.faces + np.int32(offset) for mesh, offset in zip(meshes, offsets[:-1], strict=True)]
    return Mesh(vertices=np.concatenate([m.vertices for m in meshes]), faces=np.concatenate(faces), closed=True)


def with_thing(cell: Cell, shape: Shape) -> Cell:
    """A body on the flange's axis, given in the flange's frame."""
    body = Body(name="thing", kind="obstacle", shapes=(shape,), world_T_body=flange(cell))
    return replace(cell, bodies=(*cell.bodies, body))


def with_tool(cell: Cell, shape: Shape) -> Cell:
    return replace(cell, tool=replace(cell.tool, bodies=(*cell.tool.bodies, ToolBody(name="more", shapes=(shape,)))))


CLOSED = {
    "ball": Sphere(radius=0.1, centre=AHEAD),
    "mesh": ball(0.1, AHEAD),
    "box": Box(size=np.array([0.2, 0.2, 0.2]), body_T_box=pose(AHEAD)),
    "cylinder": Cylinder(radius=0.1, length=0.2, body_T_cylinder=pose(AHEAD)),
}


@pytest.mark.parametrize("name", CLOSED)
def test_a_moving_piece_inside_a_standing_body_is_told(name):
    cell = with_tool(with_thing(small_cell(), CLOSED[name]), ball(0.02, AHEAD))

    assert contained(cell, cell.home) == (("tool.more", "thing"),)


@pytest.mark.parametrize("name", CLOSED)
def test_a_moving_body_round_something_that_stands_is_told(name):
    cell = with_tool(with_thing(small_cell(), ball(0.02, AHEAD)), CLOSED[name])

    assert contained(cell, cell.home) == (("thing", "tool.more"),)


def test_every_piece_of_a_body_is_asked():
    pair = both(ball(0.02, AHEAD + np.array([0.5, 0.0, 0.0])), ball(0.02, AHEAD))
    cell = with_tool(with_thing(small_cell(), CLOSED["ball"]), pair)

    assert contained(cell, cell.home) == (("tool.more", "thing"),)


def test_a_shell_holds_nothing_in_its_own_hollow():
    """What lies in a cavity is outside of the material."""
    outer, inner = ball(0.2, AHEAD), ball(0.1, AHEAD)
    shell = both(outer, replace(inner, faces=inner.faces[:, ::-1]))
    cell = with_tool(with_thing(small_cell(), shell), ball(0.02, AHEAD))

    assert contained(cell, cell.home) == ()


def test_an_open_surface_has_no_inside():
    closed = ball(0.1, AHEAD)
    cell = with_thing(small_cell(), Mesh(vertices=closed.vertices, faces=closed.faces[4:], closed=False))

    assert contained(with_tool(cell, ball(0.02, AHEAD)), cell.home) == ()


def test_what_may_touch_is_not_asked():
    cell = with_tool(with_thing(small_cell(), CLOSED["ball"]), ball(0.02, AHEAD))
    allowed = replace(cell, allowed=(*cell.allowed, ("thing", "tool.more", "by the test")))

    assert contained(allowed, cell.home) == ()

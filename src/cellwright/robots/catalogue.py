"""The robots that come with the package: figures from public sources, each with source and confidence.

A folder of one's own extends it, see ``listing``.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator
from functools import cache
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..findings import Finding
from ..geometry import frozen
from ..kinematics.chain import Chain
from ..kinematics.family import recognise
from ..shapes import Capsule
from .form import FACTS, Brand, BrandGeometry, Controller, Geometry, Model, Sliding
from .listing import PACKAGE, Entry, brands, catalogue, descriptions
from .model import ControllerMap, Datum, LinkGeometry, Robot
from .reading import read_form
from .urdf import read_urdf

__all__ = ["Entry", "catalogue", "load_robot"]


def load_robot(key_or_path: str | Path, *, meshes: bool = True, folder: Path | None = None) -> Robot:
    """Return a robot of the catalogue (``brand/model``) or of a URDF (a path that ends in ``.urdf`` or ``.xacro``).

    Args:
        key_or_path: which robot.
        meshes: for a URDF, read the meshes that it names.
        folder: of one's own, see ``listing``.

    Raises:
        InputError: no such key or file, or the file is not a readable URDF, or the robot is only listed.
    """
    text = str(key_or_path)
    if isinstance(key_or_path, Path) or text.lower().endswith((".urdf", ".xacro")):
        return read_urdf(key_or_path, meshes=meshes)
    name, _, key = text.partition("/")
    for root, brand in brands(name, folder):
        if key in brand.robots:
            return _build(text, brand, brand.robots[key], _geometry(root, name, key))
        if key in brand.listed:
            fix = "give its URDF as the robot, or add its joint table in a folder of your own"
            raise InputError(f"{text} is only listed: {brand.listed[key].why}", fix=fix)
    for file in descriptions(folder):
        if text == f"own/{file.stem}":
            return read_urdf(file, meshes=meshes)
    known = [entry.key for entry in catalogue(folder)]
    raise InputError(f"no robot {text!r} in the catalogue", fix=_nearest(text, known))


def _nearest(text: str, known: list[str]) -> str:
    folded = {key.lower(): key for key in known}
    begun = [key for key in folded if key.startswith(text.lower())]
    near = [
        *begun,
        *(key for key in difflib.get_close_matches(text.lower(), folded, n=3, cutoff=0.4) if key not in begun),
    ]
    near = near[:3]
    listing = "cellwright robots lists them all; a file's name ends in .urdf"
    return f"did you mean {' or '.join(folded[key] for key in near)}? {listing}" if near else listing


@cache
def _packaged_links(name: str) -> BrandGeometry:
    return read_form(PACKAGE / "links" / f"{name}.yaml", BrandGeometry)


def _geometry(root: Traversable, name: str, key: str) -> Geometry | None:
    """Return what is known of the links of a robot, None where nothing is."""
    file = root / "links" / f"{name}.yaml"
    if not file.is_file():
        return None
    return (_packaged_links(name) if root == PACKAGE else read_form(file, BrandGeometry)).robots.get(key)


def _build(key: str, brand: Brand, model: Model, given: Geometry | None) -> Robot:
    chain = _chain(model)
    table = np.array([[_or_nan(value) for value in joint.figures] for joint in model.joints])
    lower, upper = (
        np.where(np.isnan(table[:, 0]), -np.inf, table[:, 0]),
        np.where(np.isnan(table[:, 1]), np.inf, table[:, 1]),
    )
    touching = given.touching if given else ()
    return Robot(
        key=key,
        brand=brand.brand,
        model=model.model,
        chain=chain,
        family=recognise(chain),
        lower=frozen(lower),
        upper=frozen(upper),
        speed=frozen(table[:, 2]),
        acceleration=frozen(table[:, 3]),
        effort=frozen(table[:, 4]),
        home=frozen(model.home),
        geometry=tuple(_link(link, given) for link in chain.links),
        inertia=(None,) * len(chain.links),
        controller=_controller(brand, model.controller, len(model.joints)),
        allowed=(
            *((a, b, "adjacent") for a, b in pairwise(chain.links)),
            *((a, b, "their capsules overlap at home, where the arm stands free") for a, b in touching),
        ),
        facts=_facts(brand, model),
        findings=tuple(_findings(key, model, given, table)),
        source=model.description.source,
    )


def _findings(key: str, model: Model, given: Geometry | None, table: np.ndarray) -> Iterator[Finding]:
    if given is None:
        fix = "import the vendor's URDF with its meshes, or give capsules in links/"
        yield Finding(code="no-mesh", severity="warning", what=f"{key} has no link geometry", where=key, fix=fix)
    else:
        ruled = [link for link, found in given.links.items() if (found.basis or given.basis) == "envelope"]
        if ruled:
            yield _envelope(key, "its links" if len(ruled) == len(given.links) else ", ".join(ruled), len(ruled))
    names = [joint.name for joint in model.joints]
    slow = [name for name, speed in zip(names, table[:, 2], strict=True) if math.isnan(speed)]
    if slow:
        what = f"no speed is published for {', '.join(slow)} of {key}"
        yield Finding(code="speed-unknown", severity="warning", what=what, where=key, fix="take it from the data sheet")
    if np.isnan(table[:, 3]).any():
        what = f"no joint accelerations are published for {key}"
        fix = "a cycle time is given as a range"
        yield Finding(code="acceleration-unknown", severity="info", what=what, where=key, fix=fix)
    for doubt in model.doubts:
        yield Finding(code=doubt.code, severity=doubt.severity, what=doubt.what, where=key, fix=doubt.fix)


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _chain(model: Model) -> Chain:
    slides = np.array([isinstance(joint, Sliding) for joint in model.joints])
    slides.setflags(write=False)
    axis = np.array([joint.axis for joint in model.joints])
    return Chain(
        joints=tuple(joint.name for joint in model.joints),
        links=(model.base, *(joint.link for joint in model.joints)),
        parent_T_joint=frozen([joint.matrix for joint in model.joints]),
        axis=frozen(axis / np.linalg.norm(axis, axis=1, keepdims=True)),
        prismatic=slides,
        last_T_flange=frozen(model.flange.matrix),
    )


def _controller(brand: Brand, controller: Controller, dof: int) -> ControllerMap:
    return ControllerMap(
        brand=brand.language,
        base_T_root=frozen(controller.root.matrix),
        flange_T_mount=frozen(controller.mount.matrix),
        axis_map=frozen(np.eye(dof) if controller.axis_map is None else controller.axis_map),
        axis_zero=frozen(controller.axis_zero or (0.0,) * dof),
        vectors=controller.vectors,
        source=controller.source,
    )


def _facts(brand: Brand, model: Model) -> dict[str, Datum]:
    of = model.description
    facts = {
        name: Datum(value="joint table", source=of.source, confidence=of.confidence)
        for name in ("kinematics", "limits")
    }
    speeds = any(joint.figures[2] is not None for joint in model.joints)
    facts["speed"] = facts["limits"] if speeds else Datum(value=None, source="none published", confidence=None)
    if model.acceleration:
        given = model.acceleration
        facts["acceleration"] = Datum(value="joint table", source=given.source, confidence=given.confidence)
    else:
        facts["acceleration"] = Datum(value=None, source="none published", confidence=None)
    for name, datum in (*((name, getattr(model, name)) for name in FACTS), ("language", brand.tongue)):
        facts[name] = (
            Datum(value=_plain(datum.value), source=datum.source, confidence=datum.confidence)
            if datum
            else Datum(value=None, source="none found", confidence=None)
        )
    facts["home"] = Datum(value="joint position", source="chosen", confidence="D")
    return facts


def _plain(value: float | str) -> float | str:
    return round(value, 9) if isinstance(value, float) else value  # 1650 mm is 1.65 m, not 1.6500000000000001


def _envelope(key: str, links: str, count: int) -> Finding:
    are = "is an envelope" if count == 1 else "are envelopes"
    return Finding(
        code="geometry-envelope",
        severity="warning",
        what=f"no mesh of {key} is free to use: {links} {are} by rule, clearances are estimates",
        where=key,
        fix="import the vendor's URDF with its meshes",
    )


def _link(link: str, given: Geometry | None) -> LinkGeometry:
    found = given.links.get(link) if given else None
    if given is None or found is None:
        return LinkGeometry(link=link, basis="none")
    return LinkGeometry(
        link=link,
        capsules=tuple(Capsule(start=frozen(row[:3]), end=frozen(row[3:6]), radius=row[6]) for row in found.capsules_m),
        basis=found.basis or given.basis,
        overshoot=found.overshoot_m,
        source=given.source,
    )

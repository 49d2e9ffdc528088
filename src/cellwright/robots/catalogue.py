"""The robots that come with the package: figures from public sources, each with source and confidence."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import yaml
from pydantic import BaseModel, ValidationError

from ..errors import InputError, Where
from ..findings import Finding
from ..geometry import frozen
from ..kinematics.chain import Chain
from ..kinematics.family import recognise
from ..shapes import Capsule
from .form import Brand, BrandGeometry, Controller, Geometry, Model
from .model import ControllerMap, Datum, LinkGeometry, Robot
from .urdf import read_urdf

File = TypeVar("File", bound=BaseModel)

_FILES = resources.files("cellwright.robots") / "catalogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the catalogue; lengths in m, masses in kg, None where unknown."""

    key: str
    brand: str
    model: str
    language: str
    dof: int
    payload: float | None
    reach: float | None
    weight: float | None
    repeatability: float | None
    vectors: int
    source: str


def catalogue() -> tuple[Entry, ...]:
    """Return every robot of the catalogue, sorted by key, without building any."""
    return tuple(
        Entry(
            key=key,
            brand=brand.brand,
            model=model.model,
            language=brand.language,
            dof=len(model.joints),
            payload=model.payload.value if model.payload else None,
            reach=model.reach.value if model.reach else None,
            weight=model.weight.value if model.weight else None,
            repeatability=model.repeatability.value if model.repeatability else None,
            vectors=model.controller.vectors,
            source=model.description.source,
        )
        for key, brand, model in _models()
    )


def load_robot(key_or_path: str | Path, *, meshes: bool = True) -> Robot:
    """Return a robot of the catalogue (``brand/model``) or of a URDF (a path that ends in ``.urdf`` or ``.xacro``).

    Args:
        key_or_path: which robot.
        meshes: for a URDF, read the meshes that it names.

    Raises:
        InputError: no such key or file, or the file is not a readable URDF.
    """
    text = str(key_or_path)
    if isinstance(key_or_path, Path) or text.lower().endswith((".urdf", ".xacro")):
        return read_urdf(key_or_path, meshes=meshes)
    known = {key: (brand, model) for key, brand, model in _models()}
    if text not in known:
        raise InputError(f"no robot {text!r} in the catalogue", fix=_nearest(text, list(known)))
    return _build(text, *known[text])


def _nearest(text: str, known: list[str]) -> str:
    folded = {key.lower(): key for key in known}
    near = difflib.get_close_matches(text.lower(), folded, n=3, cutoff=0.4)
    listing = "cellwright robots lists them all; a file's name ends in .urdf"
    return f"did you mean {' or '.join(folded[key] for key in near)}? {listing}" if near else listing


def _models() -> Iterator[tuple[str, Brand, Model]]:
    for name in _brands():
        brand = _read(f"{name}.yaml", Brand)
        for model_key in sorted(brand.robots):
            yield f"{name}/{model_key}", brand, brand.robots[model_key]


@cache
def _brands() -> tuple[str, ...]:
    files = _FILES.iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


@cache
def _read(name: str, kind: type[File]) -> File:
    """Return one file of the catalogue; the package's own data do not change while it runs."""
    where = Where(Path(name))
    text = _FILES.joinpath(*name.split("/")).read_text(encoding="utf-8")
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return kind.model_validate(yaml.load(text, loader))
    except (yaml.YAMLError, ValidationError) as error:
        raise InputError(f"damaged catalogue: {error}", fix="install the package again", where=where) from error


def _build(key: str, brand: Brand, model: Model) -> Robot:
    chain = _chain(model)
    given = _read(f"links/{key.partition('/')[0]}.yaml", BrandGeometry).robots[key.partition("/")[2]]
    findings = [_envelope(key)] if given.basis == "envelope" else []
    joints = model.joints
    acceleration = [_or_nan(joint.acceleration_rad_s2) for joint in joints]
    if any(map(math.isnan, acceleration)):
        findings.append(
            Finding(
                code="acceleration-unknown",
                severity="info",
                what=f"no joint accelerations are published for {key}",
                where=key,
                fix="a cycle time is given as a range",
            )
        )
    findings += [
        Finding(code=doubt.code, severity="warning", what=doubt.what, where=key, fix=doubt.fix)
        for doubt in model.doubts
    ]
    return Robot(
        key=key,
        brand=brand.brand,
        model=model.model,
        chain=chain,
        family=recognise(chain),
        lower=frozen([joint.lower_rad for joint in joints]),
        upper=frozen([joint.upper_rad for joint in joints]),
        speed=frozen([_or_nan(joint.speed_rad_s) for joint in joints]),
        acceleration=frozen(acceleration),
        effort=frozen([_or_nan(joint.effort_nm) for joint in joints]),
        home=frozen(model.home_rad),
        geometry=tuple(_link(link, given) for link in chain.links),
        inertia=(None,) * len(chain.links),
        controller=_controller(brand, model.controller, len(joints)),
        allowed=(
            *((a, b, "adjacent") for a, b in pairwise(chain.links)),
            *((a, b, "their capsules overlap at home, where the arm stands free") for a, b in given.touching),
        ),
        facts=_facts(model),
        findings=tuple(findings),
        source=model.description.source,
    )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _chain(model: Model) -> Chain:
    slides = np.zeros(len(model.joints), dtype=np.bool_)
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
        axis_zero=frozen(controller.axis_zero_rad),
        vectors=controller.vectors,
        source=controller.source,
    )


def _facts(model: Model) -> dict[str, Datum]:
    of = model.description
    facts = {
        name: Datum(value=text, source=of.source, confidence=of.confidence)
        for name, text in (("kinematics", "joint table"), ("limits", "joint table"), ("speed", "joint table"))
    }
    if model.acceleration:
        given = model.acceleration
        facts["acceleration"] = Datum(value="joint table", source=given.source, confidence=given.confidence)
    else:
        facts["acceleration"] = Datum(value=None, source="none published", confidence=None)
    for name, datum in (
        ("payload", model.payload),
        ("reach", model.reach),
        ("weight", model.weight),
        ("repeatability", model.repeatability),
    ):
        facts[name] = (
            Datum(value=datum.value, source=datum.source, confidence=datum.confidence)
            if datum
            else Datum(value=None, source="none found", confidence=None)
        )
    facts["home"] = Datum(value="joint position", source="chosen", confidence="D")
    return facts


def _envelope(key: str) -> Finding:
    return Finding(
        code="geometry-envelope",
        severity="warning",
        what=f"no mesh of {key} is free to use: its links are envelopes by rule, clearances are estimates",
        where=key,
        fix="import the vendor's URDF with its meshes",
    )


def _link(link: str, given: Geometry) -> LinkGeometry:
    found = given.links[link]
    return LinkGeometry(
        link=link,
        capsules=tuple(Capsule(start=frozen(row[:3]), end=frozen(row[3:6]), radius=row[6]) for row in found.capsules_m),
        basis=given.basis,
        overshoot=found.overshoot_m,
        source=given.source,
    )

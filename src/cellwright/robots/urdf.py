"""A strict reader of robot descriptions in URDF: the main chain, its limits, link geometry and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..errors import InputError, Where
from ..findings import Finding
from ..geometry import Array, frozen
from ..kinematics.chain import Chain
from ..kinematics.family import recognise
from .figures import direction, placement
from .home import postures
from .limits import read_limits
from .links import Group, read_geometry, read_inertia
from .markup import Element, parse
from .model import LinkGeometry, Robot

_LARGEST_FILE = 10_000_000  # bytes: the largest real description seen has 60 kB
_MOST_JOINTS = 32  # on the chain: numbers of a snake, far beyond any arm on a track
_ALONG = 0.99  # cosine
_KINDS = ("fixed", "revolute", "continuous", "prismatic", "floating", "planar")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Joint:
    name: str
    kind: str
    parent: str
    child: str
    parent_T_joint: Array
    axis: Array
    element: Element


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tree:
    """Links by name, and for each link but the root the joint that carries it."""

    name: str
    links: dict[str, Element]
    above: dict[str, _Joint]
    root: str

    def way_up(self, link: str) -> list[_Joint]:
        """Return the joints from ``link`` to the root."""
        joints: list[_Joint] = []
        while link in self.above:
            joints.append(self.above[link])
            link = joints[-1].parent
        return joints


def read_urdf(path: str | Path, *, meshes: bool = True, base: str | None = None, tip: str | None = None) -> Robot:
    """Return the robot that a URDF describes.

    The chain runs from ``base_link`` where no joint moves before it, else from the root (from what a root called
    ``world`` carries), to ``tool0``, else to ``flange``, else to the end of the branch with most moving joints (the
    first of several). By ROS-Industrial's convention z of ``tool0`` leaves the face and x of ``flange`` does, which
    is why ``tool0`` wins; every other end is a finding. Fixed links become part of the link that carries them, moving
    links off the chain are left out with a finding. Speeds and accelerations of a ``joint_limits.yaml`` beside the
    file are used (MoveIt's form); a description alone has no accelerations.

    Args:
        path: the file; xacro is refused with how to expand it, for expanding runs what the file says.
        meshes: read the meshes that it names, in a child process; otherwise the links have no geometry.
        base: name of the link where the chain starts.
        tip: name of the link where it ends.

    Raises:
        InputError: not a URDF, damaged, not one tree, absurd numbers, or a mesh that is missing or outside the folder.
    """
    file = Path(path)
    tree = _read_tree(parse(_read_bytes(file), file))
    base, tip, findings = _ends(tree, base, tip)
    joints = _joints_between(tree, base, tip)
    moving = [joint for joint in joints if joint.kind != "fixed"]
    chain = _fold(base, joints)
    if tip != "tool0" and abs(float(chain.last_T_flange[:3, 2] @ chain.axis[-1])) < _ALONG:
        findings.append(_odd_flange(tree.links[tip]))
    groups = _groups(tree, chain.links)
    limits = read_limits([joint.element for joint in moving], file)
    geometry, seen = read_geometry(groups, file) if meshes else (_no_geometry(chain), ())
    inertia, weighed = read_inertia(groups)
    return Robot(
        key=str(file),
        brand="",
        model=tree.name,
        chain=chain,
        family=recognise(chain),
        lower=limits.lower,
        upper=limits.upper,
        speed=limits.speed,
        acceleration=limits.acceleration,
        effort=limits.effort,
        home=frozen(postures(chain, limits.lower, limits.upper)[0]),
        geometry=geometry,
        inertia=inertia,
        controller=None,
        allowed=tuple((a, b, "adjacent") for a, b in pairwise(chain.links)),
        findings=(*findings, *_left_out(tree, groups), *limits.findings, *seen, *weighed),
        source=str(file),
    )


def _read_bytes(file: Path) -> bytes:
    where = Where(file)
    if file.suffix.lower() == ".xacro":
        raise InputError(
            "xacro is not expanded here: expanding runs expressions and reads other files",
            fix=f"expand it: xacro {file.name} > {file.name.removesuffix('.xacro').removesuffix('.urdf')}.urdf",
            where=where,
        )
    if not file.is_file():
        raise InputError("a folder" if file.is_dir() else "no such file", fix="check the path", where=where)
    size = file.stat().st_size
    if size == 0:
        raise InputError("the file is empty", fix="export it again", where=where)
    if size > _LARGEST_FILE:
        raise InputError(
            f"the file has {size / 1e6:.0f} MB, at most {_LARGEST_FILE / 1e6:.0f} MB are read",
            fix="a description names its meshes, it does not contain them",
            where=where,
        )
    return file.read_bytes()


def _read_tree(root: Element) -> _Tree:
    if root.tag != "robot":
        raise InputError(
            f"not a URDF: the root element is <{root.tag}>", fix="a URDF starts with <robot>", where=root.where
        )
    for element in root.children:
        if element.tag.startswith("xacro:"):
            raise InputError(
                "the file holds xacro elements", fix="expand it: xacro robot.xacro > robot.urdf", where=element.where
            )
    links = _by_name(root.all("link"))
    if not links:
        raise InputError("the robot has no <link>", fix="export the file again", where=root.where)
    above: dict[str, _Joint] = {}
    for element in _by_name(root.all("joint")).values():
        joint = _read_joint(element, links)
        if joint.child in above:
            raise InputError(
                f"link {joint.child!r} hangs on two joints, {above[joint.child].name!r} and {joint.name!r}",
                fix="a URDF is a tree: each link is the child of one joint",
                where=element.where,
            )
        above[joint.child] = joint
    return _Tree(name=root.attributes.get("name", "").strip(), links=links, above=above, root=_find_root(links, above))


def _by_name(elements: list[Element]) -> dict[str, Element]:
    named: dict[str, Element] = {}
    for element in elements:
        name = element.text("name")
        if name in named:
            raise InputError(
                f"two <{element.tag}> are called {name!r}",
                fix=f"the first is in line {named[name].where.line}",
                where=element.where,
            )
        named[name] = element
    return named


def _read_joint(element: Element, links: dict[str, Element]) -> _Joint:
    name, kind = element.text("name"), element.text("type")
    if kind not in _KINDS:
        raise InputError(
            f"joint {name!r} has the unknown type {kind!r}", fix=f"known: {', '.join(_KINDS)}", where=element.where
        )
    ends: list[str] = []
    for end in (element.child("parent"), element.child("child")):
        link = end.text("link")
        if link not in links:
            raise InputError(
                f"joint {name!r} names the link {link!r}, which does not exist",
                fix="correct the name or add the link",
                where=end.where,
            )
        ends.append(link)
    axis = element.one("axis")
    return _Joint(
        name=name,
        kind=kind,
        parent=ends[0],
        child=ends[1],
        parent_T_joint=placement(element.one("origin")),
        axis=np.array([1.0, 0.0, 0.0]) if axis is None else direction(axis, kind),
        element=element,
    )


def _find_root(links: dict[str, Element], above: dict[str, _Joint]) -> str:
    roots = [link for link in links if link not in above]
    if len(roots) > 1:
        raise InputError(
            f"{len(roots)} links hang on nothing: {', '.join(map(repr, roots[:5]))}",
            fix="a URDF has one root: join the others to it with fixed joints, or remove them",
            where=links[roots[1]].where,
        )
    reached = set(roots)
    below: dict[str, list[str]] = {}
    for child, joint in above.items():
        below.setdefault(joint.parent, []).append(child)
    queue = list(roots)
    while queue:
        children = below.get(queue.pop(), [])
        reached.update(children)
        queue.extend(children)
    astray = [link for link in links if link not in reached]
    if astray:
        raise InputError(
            f"the joints run in a circle through {', '.join(map(repr, astray[:5]))}",
            fix="a URDF is a tree: open the loop (a closed linkage is left out, or follows with <mimic>)",
            where=above[astray[0]].element.where,
        )
    return roots[0]


def _ends(tree: _Tree, base: str | None, tip: str | None) -> tuple[str, str, list[Finding]]:
    for link in (base, tip):
        if link is not None and link not in tree.links:
            raise InputError(
                f"no link {link!r}",
                fix=f"known: {', '.join(tree.links)}",
                where=Where(tree.links[tree.root].where.file),
            )
    findings: list[Finding] = []
    if tip is None:
        tip = next((link for link in ("tool0", "flange") if link in tree.links), None) or _longest(tree)
        if tip != "tool0":
            findings.append(
                Finding(
                    code="flange-assumed",
                    severity="warning",
                    what=f"there is no link tool0: {tip!r} is taken as the flange, its z axis as leaving the face",
                    where=str(tree.links[tip].where),
                    fix="name another link as tip, or add tool0 with z out of the face",
                )
            )
    if base is None:
        base = _base(tree, tip)
    return base, tip, findings


def _odd_flange(tip: Element) -> Finding:
    return Finding(
        code="flange-axis",
        severity="warning",
        what=f"z of {tip.text('name')!r} is not along the last axis: it may not leave the face",
        where=str(tip.where),
        fix="add a link tool0 with z out of the face",
    )


def _longest(tree: _Tree) -> str:
    parents = {joint.parent for joint in tree.above.values()}
    leaves = [link for link in tree.links if link not in parents]
    return max(leaves, key=lambda leaf: sum(joint.kind != "fixed" for joint in tree.way_up(leaf)))


def _base(tree: _Tree, tip: str) -> str:
    down = tree.way_up(tip)[::-1]
    before: list[str] = [tree.root]
    for joint in down:
        if joint.kind != "fixed":
            break
        before.append(joint.child)
    if "base_link" in before:
        return "base_link"
    return before[1] if tree.root == "world" and len(before) > 1 else tree.root


def _joints_between(tree: _Tree, base: str, tip: str) -> list[_Joint]:
    where = Where(tree.links[tip].where.file)
    up = tree.way_up(tip)
    carriers = [joint.parent for joint in up]
    if base not in carriers:
        raise InputError(f"the link {tip!r} does not hang on {base!r}", fix="name base and tip of one arm", where=where)
    joints = up[: carriers.index(base) + 1][::-1]
    moving = [joint for joint in joints if joint.kind != "fixed"]
    if not moving:
        raise InputError(f"no joint moves between {base!r} and {tip!r}", fix="name base and tip of an arm", where=where)
    if len(moving) > _MOST_JOINTS:
        raise InputError(f"{len(moving)} joints move, at most {_MOST_JOINTS} are read", fix="name a tip", where=where)
    for joint in moving:
        mimic = joint.element.one("mimic")
        if joint.kind in ("floating", "planar") or mimic is not None:
            what = f"is {joint.kind}" if mimic is None else f"follows {mimic.attributes.get('joint', '?')!r} (mimic)"
            raise InputError(
                f"joint {joint.name!r} {what}: every joint of the chain must turn or slide by itself",
                fix="name base and tip so that it is not between them",
                where=joint.element.where,
            )
    return joints


def _fold(base: str, joints: list[_Joint]) -> Chain:
    names: list[str] = []
    links = [base]
    transforms: list[Array] = []
    axes: list[Array] = []
    prismatic: list[bool] = []
    pending = np.eye(4)
    for joint in joints:
        pending = pending @ joint.parent_T_joint
        if joint.kind != "fixed":
            names.append(joint.name)
            links.append(joint.child)
            transforms.append(pending)
            axes.append(joint.axis)
            prismatic.append(joint.kind == "prismatic")
            pending = np.eye(4)
    slides = np.array(prismatic)
    slides.setflags(write=False)
    return Chain(
        joints=tuple(names),
        links=tuple(links),
        parent_T_joint=frozen(transforms),
        axis=frozen(axes),
        prismatic=slides,
        last_T_flange=frozen(pending),
    )


def _groups(tree: _Tree, chain_links: tuple[str, ...]) -> list[Group]:
    """Return for each link of the chain the links that are fixed to it, itself first."""
    fixed: dict[str, list[_Joint]] = {}
    for joint in tree.above.values():
        if joint.kind == "fixed":
            fixed.setdefault(joint.parent, []).append(joint)
    groups: list[Group] = []
    for link in chain_links:
        members = [(tree.links[link], np.eye(4))]
        queue = [(link, np.eye(4))]
        while queue:
            parent, link_T_parent = queue.pop()
            for joint in fixed.get(parent, []):
                link_T_child = link_T_parent @ joint.parent_T_joint
                members.append((tree.links[joint.child], link_T_child))
                queue.append((joint.child, link_T_child))
        groups.append(Group(link=link, members=tuple(members)))
    return groups


def _left_out(tree: _Tree, groups: list[Group]) -> list[Finding]:
    """Report what moves beside the chain and has a body."""
    known = {element.text("name") for group in groups for element, _ in group.members}
    findings: list[Finding] = []
    for link, joint in tree.above.items():
        if link in known or joint.kind == "fixed":
            continue
        follows = joint.element.one("mimic")
        how = f"follows {follows.attributes.get('joint', '?')!r}" if follows is not None else "moves by itself"
        findings.append(
            Finding(
                code="side-branch",
                severity="warning",
                what=f"link {link!r} is not on the chain ({joint.name!r} {how}): it is left out of the geometry",
                where=str(joint.element.where),
                fix="keep its surroundings free, or add it as an obstacle",
            )
        )
    return findings


def _no_geometry(chain: Chain) -> tuple[LinkGeometry, ...]:
    return tuple(LinkGeometry(link=link, basis="none") for link in chain.links)

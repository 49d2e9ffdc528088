"""The tables of a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ..checks import RAMP
from ..findings import Finding
from ..paths.model import Move
from ..planning.model import Plan
from ..programs.model import Program
from ..robots.model import Basis, Datum
from ..units import deg, mm
from .amounts import amount
from .markup import Markup, markup, short, table, tag
from .strokes import Stroke

BASES: dict[Basis, str] = {
    "mesh": "the maker's or user's mesh",
    "capsules": "capsules fitted outside a real mesh",
    "envelope": "an envelope by a rule on the kinematics, not the real shape",
    "none": "nothing: the link is not looked at",
}
CONFIDENCE = {
    "A": "A, the maker's own document",
    "B": "B, copies that agree",
    "C": "C, unreviewed table",
    "D": "D, from the designation or a rule",
}


def findings(all_findings: Sequence[Finding]) -> Markup:
    """Return what the checks have to say, worst first; what is only worth knowing is folded away."""
    graver = [f for severity in ("error", "warning") for f in all_findings if f.severity == severity]
    notes = [f for f in all_findings if f.severity == "info"]
    shown = _findings(graver) if graver else tag("p", "No errors and no warnings.", class_="good")
    if not notes:
        return shown
    return markup(shown, tag("details", tag("summary", f"{len(notes)} notes"), _findings(notes)))


def _findings(listed: Sequence[Finding]) -> Markup:
    rows = [
        (
            tag("span", f.severity, class_=f.severity),
            tag("code", f.code),
            f.what,
            amount(f.value, f.unit),
            amount(f.limit, f.unit),
            f.where,
            f.fix,
        )
        for f in listed
    ]
    return table(("severity", "code", "what", "value", "limit", "where", "what would help"), rows, numbers=(3, 4))


def seams(plan: Plan, ran: Sequence[Stroke]) -> Markup:
    """Return one row a stroke in the order they run, and the seams that are not run."""
    head = ("order", "seam", "task", "length", "direction", "starts at", "duration", "speed asked", "speed reached")
    rows = [_seam(plan, i, stroke) for i, stroke in enumerate(ran, 1)]
    left = [o.name for i, o in enumerate(plan.work.operations) if i not in {s.operation for s in ran}]
    numbers = (0, 3, 5, 6, 7, 8, 9)
    missing = tag("p", f"Not run: {', '.join(left)}.", class_="error") if left else markup()
    names = ", ".join(operation.name for operation in plan.refused)
    told = f"Refused, dark red in the picture: {names}. The findings say what the tool meets there."
    refused = tag("p", told, class_="warning") if plan.refused else markup()
    return markup(table((*head, "furthest off the seam"), rows, numbers=numbers), missing, refused)


def moves(plan: Plan) -> Markup:
    """Return every move, folded away."""
    head = ("#", "kind", "what", "seam", "speed", "zone", "x, y, z", "joints at the end", "events")
    rows = [_move(plan, i, move) for i, move in enumerate(plan.path.moves, 1)]
    listed = table(head, rows, numbers=(0, 4, 5, 6, 7))
    return tag("details", tag("summary", f"All {len(rows)} moves"), listed)


def placements(plan: Plan) -> Markup:
    """Return what was tried before, and why it was left."""
    if not plan.tried:
        return tag("p", "The first placement that was tried proved.", class_="soft")
    rows = [(str(i), attempt.placement, attempt.reason) for i, attempt in enumerate(plan.tried, 1)]
    return markup(
        tag("p", f"{len(rows)} tried before the one that proved:"),
        table(("#", "placement", "why not"), rows, numbers=(0,)),
    )


def program_section(program: Program) -> Markup:
    """Return a program's files and what came out when they were read back and replayed."""
    proof = program.proof
    said = (
        tag("span", "says what the plan says", class_="good")
        if proof.ok
        else tag("span", "does not say what the plan says", class_="error")
    )
    rows = [
        ("TCP position", amount(proof.worst_distance, "m", digits=4)),
        ("arc via points", amount(proof.worst_via, "m", digits=4)),
        ("TCP orientation", amount(proof.worst_angle, "rad", digits=4)),
        ("joint targets", amount(proof.worst_joint, "rad", digits=4)),
        ("speed", f"{proof.worst_speed * 100:.3f} %"),
        ("zone", amount(proof.worst_zone, "m", digits=3)),
        ("tool frame", _frame(proof.worst_tool)),
        ("user frame", _frame(proof.worst_frame)),
    ]
    read = (
        f"{proof.statements} statements read back, {proof.understood * 100:.4g} % understood; {len(proof.targets)} "
        f"motion targets, {proof.signals} process and signal statements compared, {proof.configuration_checked} "
        f"configurations checked. Resolution of the language: {program.resolution}."
    )
    unverified = (
        tag("p", tag("span", "Convention unverified: ", class_="warning"), "; ".join(program.unverified) + ".")
        if program.unverified
        else markup()
    )
    listed = [(tag("code", name), f"{len(content)} bytes") for name, content in program.files.items()]
    names = [(job, tag("code", name)) for job, name in program.names.items()]
    return markup(
        tag("h3", f"{program.brand}: ", said),
        tag("p", read),
        unverified,
        table(("compared", "largest deviation from the plan"), rows, numbers=(1,)),
        table(("file", "size"), listed, numbers=(1,)),
        *([table(("name in the job", "name in the program"), names)] if names else []),
    )


def basis(plan: Plan) -> Markup:
    """Say what the robot's shape rests on, link by link: a clearance is worth no more than that."""
    counted = Counter(link.basis for link in plan.cell.robot.geometry)
    said = "; ".join(
        f"{counted[key]} of {sum(counted.values())} links on {text}" for key, text in BASES.items() if counted[key]
    )
    rows = [(tag("code", g.link), BASES[g.basis], amount(g.overshoot, "m"), g.source) for g in plan.cell.robot.geometry]
    warning = (
        tag("p", "A link without geometry was not checked against anything.", class_="error") if counted["none"] else ""
    )
    return markup(
        tag("h3", "Geometry"),
        tag("p", f"Distances of the robot are judged on: {said}."),
        warning,
        table(("link", "rests on", "reaches beyond the real surface by", "source"), rows, numbers=(2,)),
    )


def nearest(plan: Plan, most: int = 12) -> Markup:
    """Return the pairs of bodies that come nearest to each other over the motion."""
    rows = [
        (
            tag("code", near.bodies[0]),
            tag("code", near.bodies[1]),
            amount(near.distance, "m"),
            amount(float(plan.motion.t[near.row]), "s"),
            amount(plan.cell.tool_clearance if near.at_work else plan.cell.clearance, "m"),
        )
        for near in plan.nearest[:most]
    ]
    if not rows:
        return tag("p", "No pair of bodies that may not touch came near another.", class_="soft")
    head = ("body", "body", "smallest distance", "at", "wanted")
    return markup(tag("h3", "Bodies that come nearest"), table(head, rows, numbers=(2, 3, 4)))


def allowed_pairs(plan: Plan) -> Markup:
    """Return the pairs that may touch, with the reason."""
    pairs = [*plan.cell.allowed, *plan.cell.robot.allowed]
    rows = [(tag("code", a), tag("code", b), reason) for a, b, reason in pairs]
    listed = table(("body", "body", "reason"), rows) if rows else tag("p", "None.", class_="soft")
    return markup(tag("h3", f"Pairs of bodies that may touch ({len(pairs)})"), listed)


def sources(plan: Plan) -> Markup:
    """Return each datum with its source and how far it can be trusted."""
    robot = plan.cell.robot
    facts = {**robot.facts, "tool mass": plan.cell.tool.mass}
    rows = [(name, _value(name, d), d.source, CONFIDENCE.get(d.confidence or "", "-")) for name, d in facts.items()]
    if robot.source:
        rows.append(("description of the robot", robot.key, robot.source, "-"))
    if robot.controller is not None:
        tried = (
            f"{robot.controller.vectors} independent test vectors agree" if robot.controller.verified else "unverified"
        )
        rows.append(("controller's conventions", robot.controller.brand, robot.controller.source, tried))
    return markup(
        tag("h3", "Sources of the data"), table(("datum", "value", "source", "confidence"), rows, numbers=(1,))
    )


def _seam(plan: Plan, order: int, stroke: Stroke) -> tuple[str, ...]:
    operation = plan.work.operations[stroke.operation]
    steady = (stroke.way >= RAMP) & (stroke.way <= stroke.way[-1] - RAMP)
    reached = stroke.speed[steady] if steady.any() else stroke.speed
    low, high = mm(float(reached.min())), mm(float(reached.max()))
    asked = sorted({round(mm(float(v)), 6) for v in stroke.asked})
    return (
        str(order),
        operation.name,
        operation.process.replace("_", " "),
        amount(stroke.length, "m", digits=1),
        "turned round" if stroke.reversed else "as asked",
        amount(float(stroke.t[0]), "s"),
        amount(float(stroke.t[-1] - stroke.t[0]), "s"),
        f"{' / '.join(short(v) for v in asked)} mm/s",
        f"{low:.3f} to {high:.3f} mm/s",
        amount(float(stroke.deviation.max()), "m", digits=4),
    )


def _move(plan: Plan, number: int, move: Move) -> tuple[str, ...]:
    position = ", ".join(f"{mm(float(v)):.1f}" for v in move.frame_T_tcp[:3, 3])
    slides = plan.cell.robot.chain.prismatic
    joints = ", ".join(f"{mm(v) if s else deg(v):.1f}" for v, s in zip(move.q.tolist(), slides, strict=True))
    return (
        str(number),
        move.kind,
        move.role.replace("_", " "),
        "" if move.operation is None else plan.work.operations[move.operation].name,
        f"{move.speed * 100:.0f} %" if move.kind == "joint" else amount(move.speed, "m/s", digits=1),
        "exact" if move.zone == 0 else amount(move.zone, "m", digits=1),
        position,
        joints,
        ", ".join(event.kind.replace("_", " ") for event in move.events),
    )


def _frame(worst: tuple[float, float]) -> str:
    return f"{amount(worst[0], 'm', digits=4)}, {amount(worst[1], 'rad', digits=4)}"


_UNITS = {"payload": "kg", "weight": "kg", "tool mass": "kg", "reach": "m", "repeatability": "m"}


def _value(name: str, datum: Datum) -> str:
    if datum.value is None:
        return "unknown"
    if isinstance(datum.value, str):
        return datum.value
    unit = _UNITS.get(name, "")
    return (
        amount(datum.value, unit, digits=3 if unit == "m" else None)
        if unit
        else short(float(np.round(datum.value, 6)), 6)
    )

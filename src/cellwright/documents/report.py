"""The report of a plan: one page that an integrator hands to a customer."""

from __future__ import annotations

from collections.abc import Sequence

from ..planning.model import Plan
from ..programs.model import Program
from .amounts import amount, place
from .cell_scene import cell_scene
from .charts import clearance, joint_positions, joint_speeds, tool_speed
from .layout import layout
from .markup import Markup, markup, tag
from .page import page, show
from .report_tables import (
    allowed_pairs,
    basis,
    findings,
    moves,
    nearest,
    placements,
    program_section,
    seams,
    sources,
)
from .scene import Scene
from .scene3d import player
from .strokes import Stroke, strokes

TOLERANCE = 0.01
"""Relative band round the asked tool speed that the plot shades."""


def report(plan: Plan, programs: Sequence[Program] = ()) -> dict[str, bytes]:
    """Return ``report.html``: one file that opens from disk, asks no network, and is the same for the same plan.

    Args:
        plan: what is reported.
        programs: the plan in robot languages, with their proofs; their findings count for the verdict.
    """
    scene, ran = cell_scene(plan), strokes(plan)
    recording = player(scene)
    sections = {
        "cell": ("The cell", _cell(scene, show(recording, "The cell in 3D"))),
        "findings": ("Findings", findings((*plan.findings, *(f for p in programs for f in p.proof.findings)))),
        "seams": ("Seams", seams(plan, ran)),
        "motion": ("Motion", _motion(plan, ran)),
        "programs": ("Programs", _programs(programs)),
        "placement": ("Placement", placements(plan)),
        "basis": ("What this rests on", markup(nearest(plan), basis(plan), allowed_pairs(plan), sources(plan))),
    }
    links = (tag("a", title, href=f"#{key}") for key, (title, _) in sections.items())
    body = markup(
        _headline(plan, programs),
        tag("nav", *links),
        _cards(plan, ran),
        *(tag("section", tag("h2", title), content, id=key) for key, (title, content) in sections.items()),
        tag("footer", "Made by Cellwright. Lengths in mm, angles in degrees, times in seconds."),
    )
    return {"report.html": page(f"{plan.job.name}: cell report", body, [recording])}


def _headline(plan: Plan, programs: Sequence[Program]) -> Markup:
    ok = plan.ok and all(program.proof.ok for program in programs)
    verdict = tag("span", "OK" if ok else "NOT OK", class_="verdict" if ok else "verdict bad")
    robot = plan.cell.robot
    return tag("header", tag("h1", plan.job.name), verdict, tag("span", f"{robot.brand} {robot.model}", class_="soft"))


def _cards(plan: Plan, ran: tuple[Stroke, ...]) -> Markup:
    duration, robot = plan.motion.duration, plan.cell.robot
    cycle = f"{amount(duration.low, 's', digits=1)[:-2]} to {amount(duration.high, 's', digits=1)}"
    done, asked = len({s.operation for s in ran}), len(plan.work.operations)
    cards = [
        _card("Robot", f"{robot.brand} {robot.model}", f"tool {plan.cell.tool.name}"),
        _card("Base", place(plan.cell.world_T_base), ""),
        _card("Cycle time", cycle, f"nominal {amount(duration.nominal, 's', digits=1)}; {duration.reason}"),
        _takt(plan),
        _card("Worst clearance", amount(_smallest(plan), "m"), _closest(plan)),
        _card("Pairs allowed to touch", str(len(plan.cell.allowed) + len(robot.allowed)), "listed under the basis"),
        _card("Seams welded", f"{done} of {asked + len(plan.refused)}", _welded(plan, ran)),
        _card("Market", plan.job.market or "not stated", ""),
    ]
    return tag("dl", *cards, class_="cards")


def _card(name: str, value: str, remark: str) -> Markup:
    return tag("div", tag("dt", name), tag("dd", value, *([tag("small", remark)] if remark else [])))


def _welded(plan: Plan, ran: tuple[Stroke, ...]) -> str:
    whole = f"{amount(sum(s.length for s in ran), 'm', digits=0)} in all"
    return f"{whole}; {len(plan.refused)} that the tool cannot enter" if plan.refused else whole


def _takt(plan: Plan) -> Markup:
    if plan.job.takt is None:
        return _card("Takt", "not stated", "")
    spare = plan.job.takt - plan.motion.duration.high
    never = plan.motion.duration.low > plan.job.takt
    held = "held" if spare >= 0 else "not held" if never else "not always held"
    remark = f"{held}: {amount(abs(spare), 's', digits=1)} {'to spare' if spare >= 0 else 'too long'} at the upper end"
    return _card("Takt", amount(plan.job.takt, "s", digits=1), remark)


def _smallest(plan: Plan) -> float | None:
    return plan.nearest[0].distance if plan.nearest else plan.figures.get("clearance")


def _closest(plan: Plan) -> str:
    """Say between which bodies that is, and what the shape of the robot rests on."""
    said = " and ".join(plan.nearest[0].bodies) if plan.nearest else ""
    known = {link.basis for link in plan.cell.robot.geometry}
    judged = "judged on the robot's meshes" if known == {"mesh"} else "judged on envelopes of the links"
    return f"{said}; {judged}" if said else judged


def _cell(scene: Scene, frame: Markup) -> Markup:
    told = (
        "Drag to turn, right-drag to move, scroll to come closer; space stops and starts. The player's clock is the "
        "nominal cycle time. The tree at the lower right shows and hides bodies; a click on a plot over time takes "
        "the player there."
    )
    return markup(frame, tag("p", told, class_="soft screen"), layout(scene))


def _motion(plan: Plan, ran: tuple[Stroke, ...]) -> Markup:
    unknown = [j for j, v in zip(plan.cell.robot.chain.joints, plan.cell.robot.speed, strict=True) if not v > 0]
    remark = f"No speed limit is known of {', '.join(unknown)}: left out." if unknown else ""
    over_time = plan.series.get("clearance")
    return markup(
        *([tool_speed(plan, ran, TOLERANCE)] if ran else []),
        joint_speeds(plan),
        *([tag("p", remark, class_="soft")] if remark else []),
        *([clearance(plan, over_time)] if over_time is not None and len(over_time) else []),
        tag("h3", "Joint positions between their limits (seams shaded)"),
        joint_positions(plan),
        moves(plan),
    )


def _programs(programs: Sequence[Program]) -> Markup:
    if not programs:
        return tag("p", "No program was written for this report.", class_="soft")
    return markup(*(program_section(program) for program in programs))

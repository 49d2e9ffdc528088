"""The way out of a job that cannot be done as it stands: the smallest changes of its words that do it, tried each.

What is tried is what a user can write: the base's place, how far the torch may turn, its angles, how far a seam keeps
from its ends, where an obstacle stands. A change is named only where every operation then has a stroke from whose ends
the arm can leave, at a place where it may wait; the ways between the strokes are not asked. Every budget is a count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import ValidationError

from ..cell import Body
from ..collision.exact import distance_at, standing
from ..collision.fast import make_field, make_scene, moved_to, with_moving
from ..collision.field import Grid
from ..collision.judge import judge
from ..errors import CellwrightError, InfeasibleError
from ..geometry import Array, frozen, pose
from ..job.document import Key, Value
from ..job.model import FixedBase, Job
from ..paths.entry import no_entry
from ..paths.obstructions import Obstruction
from ..placement.candidates import stands_free
from ..placement.margins import best_margins
from ..placement.model import Placement
from ..placement.samples import sampled
from ..placement.screening import Standing
from ..scene import job_work
from ..units import deg, mm
from .choices import open_strokes
from .given import NOWHERE, Given, focus, make_cell, stand, tool_free
from .reasons import found_by_itself

SHIFTS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
"""How far a base or an obstacle is moved [m]."""

TURNS = np.deg2rad((15.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0))
"""By how much more the torch may turn to each side [rad]."""

LEANS = np.deg2rad((5.0, -5.0, 10.0, -10.0, 15.0, -15.0, 20.0, -20.0))
"""By how much the torch leans otherwise [rad]."""

SHORT = (0.005, 0.010, 0.015, 0.020, 0.030, 0.040, 0.060)
"""How far an open seam keeps from both of its ends [m]."""

_DIRECTIONS = 12  # in which a base is moved
_BASES = 6  # places of the base that are planned for every operation
_FAILING = 3  # operations that a change is looked for, at most
_OBSTACLES = 2  # that are moved, one at a time
_VERIFIED = 3  # places of an obstacle that are measured anew
_STEP = 0.005  # of the field of an obstacle that is moved [m]
_RIGHT = np.deg2rad(45.0)  # half the opening of a fillet, from which a torch leans that was given no angle [rad]

Change = tuple[Key, Value]
"""A key of the job file and what to write there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """Changes of a job that make every operation possible.

    Attributes:
        kind: ``base``, ``turn``, ``angle``, ``ends`` or ``obstacle``.
        amount: by how much [m or rad].
        said: the sentence for people.
        changes: what to write in the job file.
    """

    kind: str
    amount: float
    said: str
    changes: tuple[Change, ...]


def helped(error: InfeasibleError, given: Given) -> InfeasibleError:
    """Return the error with the changes that do the job as its fix, where one of those that are tried does it.

    They are looked for where the job gives the base's place; a place that is searched has been moved already.
    """
    base = given.job.base
    if not isinstance(base, FixedBase) or not given.job.text or not _needed(given):
        return error
    place = replace(NOWHERE, mount=base.mount, world_T_base=frozen(base.matrix))
    fix = "; or ".join(way.said for way in ways_out(given, place))
    if not fix:
        return error
    return InfeasibleError(error.problem, findings=error.findings, fix=fix, where=error.where)


def ways_out(given: Given, place: Placement) -> tuple[WayOut, ...]:
    """Return the smallest change of each kind that does the job at a place or near it; none where all is open there."""
    standing_there = stand(given)(place)
    why = _closed(given, place, standing_there, _needed(given))
    if not why or len(why) > _FAILING:
        found = [] if not why else [_base(given, place, why)]
    else:
        found = [_base(given, place, why), *_words(given, place, standing_there, why), _obstacle(given, place, why)]
    return tuple(way for way in found if way is not None)


def changed(job: Job, changes: Sequence[Change]) -> Job:
    """Return the job with other words in it, as if they were written there.

    Raises:
        ValidationError: they make no job.
    """
    text: Any = deepcopy(dict(job.text))
    for key, value in changes:
        inner = text
        for name in key[:-1]:
            inner = inner[name]
        inner[key[-1]] = value
    return Job.model_validate(text).placed(job.file, job.places, text=text, digest=job.digest)


def _needed(given: Given) -> list[int]:
    """Return the operations that the job names: those that were found by themselves may be left out."""
    return [i for i, operation in enumerate(given.work.operations) if not found_by_itself(given.job, operation)]


def _closed(given: Given, place: Placement, there: Standing, asked: Sequence[int]) -> dict[int, Obstruction]:
    """Return the operations of those asked that have no open stroke, with what is in the way."""
    cell, found = make_cell(given, place), dict[int, Obstruction]()
    for i in asked:
        entry = no_entry(cell, given.work.operations[i], there.working)
        obstruction = None
        if entry is not None:
            none = np.zeros((0, given.robot.dof))
            obstruction = Obstruction(code="tool-entry", what=entry.other, amount=None, at=entry.at, q=none)
        else:
            _, obstruction = open_strokes(given, cell, i, there.working, there.moving)
        if obstruction is not None:
            found[i] = obstruction
    return found


def _open(given: Given, place: Placement, there: Standing, first: Sequence[int]) -> bool:
    """Return whether every operation is open, those that were not asked first, and the arm may wait somewhere."""
    if not there.moving.free(there.homes).any():
        return False
    rest = [i for i in _needed(given) if i not in first]
    return not any(_closed(given, place, there, [i]) for i in (*first, *rest))


def _base(given: Given, place: Placement, why: dict[int, Obstruction]) -> WayOut | None:
    """Return the shortest level shift of the base that does it; axes beside the arm move it already."""
    if given.robot.beside or all(obstruction.code == "tool-entry" for obstruction in why.values()):
        return None
    standing_at, tcp = stand(given), given.tool.flange_T_tcp
    operations = tuple(
        sampled(operation, given.frames, tcp, tool_free(standing_at(place))) for operation in given.work.operations
    )
    angle = 2 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    steps = [(far * np.cos(a), far * np.sin(a), 0.0) for far in SHIFTS for a in angle]
    bases = pose(np.round(np.array(steps), 3) + place.world_T_base[:3, 3], place.world_T_base[:3, :3])
    reached = np.flatnonzero((best_margins(given.robot, operations, bases) > 0.0).all(1))
    reached = reached[stands_free(standing_at(place).moving, bases[reached])] if len(reached) else reached
    for k in reached[:_BASES]:
        there = replace(place, world_T_base=frozen(bases[k]))
        if _open(given, there, standing_at(there), [*why]):
            x, y = (f"{mm(float(v)):.0f} mm" for v in bases[k, :2, 3])
            far = SHIFTS[int(k) // _DIRECTIONS]
            said = f"move the base by {mm(far):.0f} mm, to x {x}, y {y}"
            return WayOut(kind="base", amount=far, said=said, changes=((("base", "x"), x), (("base", "y"), y)))
    return None


def _words(given: Given, place: Placement, there: Standing, why: dict[int, Obstruction]) -> Iterator[WayOut | None]:
    """Give for each kind of words of seams the smallest change that opens all closed ones, each for itself."""
    for kind in ("turn", "angle", "ends"):
        found = [_word(given, place, there, i, kind) for i in why]
        ways = [way for way in found if way is not None]
        if len(ways) == len(why):
            yield WayOut(
                kind=kind,
                amount=max(way.amount for way in ways),
                said=" and ".join(way.said for way in ways),
                changes=tuple(change for way in ways for change in way.changes),
            )


def _word(given: Given, place: Placement, there: Standing, i: int, kind: str) -> WayOut | None:
    operation = given.work.operations[i]
    key = operation.key
    if len(key) < 4:  # a seam that was found, not named: it has no words of its own
        return None
    for amount, word, value in _values(given.job, key, kind):
        change = ((*key, word), value)
        try:
            job = changed(given.job, [change])
            work = job_work(job, given.part)
        except (ValidationError, CellwrightError):
            continue  # the seam does not take so much
        there_i = next(j for j, other in enumerate(work.operations) if other.name == operation.name)
        if not _closed(replace(given, job=job, work=work), place, there, [there_i]):
            told = value if isinstance(value, str) else "{" + ", ".join(f"{k}: {v}" for k, v in _items(value)) + "}"
            said = f"write `{word}: {told}` for {operation.name}"
            return WayOut(kind=kind, amount=amount, said=said, changes=(change,))
    return None


def _items(value: Value) -> list[tuple[str, Value]]:
    return list(value.items()) if isinstance(value, dict) else []


def _values(job: Job, key: Key, kind: str) -> Iterator[tuple[float, str, Value]]:
    """Give (amount, word, value) of the changes of a kind for the seam at a key, the smallest first."""
    task = job.tasks[int(key[1])]
    choice: Any = task.seams[int(key[3])] if task.seams != "auto" else None
    if kind == "turn":
        turn = (choice.turn if choice is not None else None) or task.turn
        if turn.upper - turn.lower < 2 * np.pi - 1e-3:
            for more in TURNS:
                low, high = max(turn.lower - more, -np.pi), min(turn.upper + more, np.pi)
                yield float(more), "turn", {"from": f"{deg(low):.0f} deg", "to": f"{deg(high):.0f} deg"}
    elif kind == "angle":
        own = choice.work_angle if choice is not None else None
        now = own or task.work_angle or _RIGHT
        for more in LEANS:
            yield abs(float(more)), "work_angle", f"{deg(now + more):.0f} deg"
    else:
        now = (choice.stop_short if choice is not None else None) or task.stop_short
        for more in SHORT:
            yield more, "stop_short", f"{mm(now + more):.0f} mm"


def _obstacle(given: Given, place: Placement, why: dict[int, Obstruction]) -> WayOut | None:
    """Return the shortest level shift of one of the obstacles in the way that does it."""
    cell = make_cell(given, place)
    names = {body.name: k for k, body in enumerate(given.job.obstacles) if body.on is None}
    seen: dict[str, None] = {}
    for obstruction in why.values():
        if obstruction.code == "tool-entry" and obstruction.what in names:
            seen[obstruction.what] = None
        if len(obstruction.q):
            near = judge(cell, obstruction.q[:8], horizon=2 * max(cell.clearance, cell.tool_clearance)).nearest
            seen |= dict.fromkeys(name for one in near for name in one.bodies if name in names)
    for name in list(seen)[:_OBSTACLES]:
        body = next(body for body in given.bodies if body.name == name)
        gone = _among(given, tuple(other for other in given.bodies if other is not body))
        without = stand(gone, kept=False)(place)
        if not _open(gone, place, without, [*why]):
            continue
        field, verified = make_field(body.shapes, step=_STEP), 0
        for far, x, y in ((far, far * c, far * s) for far in SHIFTS for c, s in ((1, 0), (-1, 0), (0, 1), (0, -1))):
            moved = replace(body, world_T_body=frozen(pose((x, y, 0.0)) @ body.world_T_body))
            if _touched(moved, gone.bodies) - _touched(body, gone.bodies):
                continue
            # by its own field first, which moves without being measured anew
            if not _open(gone, place, _with(without, field, moved.world_T_body), [*why]):
                continue
            there = _among(given, tuple(moved if other is body else other for other in given.bodies))
            if _open(there, place, stand(there, kept=False)(place), [*why]):
                said, change = _moved(given.job, names[name], moved, far)
                return WayOut(kind="obstacle", amount=far, said=said, changes=(change,))
            verified += 1
            if verified == _VERIFIED:
                break
    return None


def _moved(job: Job, k: int, body: Body, far: float) -> tuple[str, Change]:
    """Return what to write where an obstacle is moved."""
    text: Any = job.text["obstacles"]
    x, y = (f"{mm(float(v)):.0f} mm" for v in body.world_T_body[:2, 3])
    said = f"move {body.name} by {mm(far):.0f} mm, to x {x}, y {y}"
    return said, (("obstacles", k, "at"), {**text[k].get("at", {}), "x": x, "y": y})


def _with(without: Standing, field: Grid, world_T_body: Array) -> Standing:
    """Return the checks with one more body at a pose (4, 4)."""
    working, moving = (
        replace(check, scene=moved_to(with_moving(check.scene, (field,)), world_T_body[None]))
        for check in (without.working, without.moving)
    )
    return replace(without, working=working, moving=moving)


def _among(given: Given, bodies: tuple[Body, ...]) -> Given:
    """Return what is given with other bodies around, their fields measured anew."""
    return replace(given, bodies=bodies, scene=make_scene(bodies, focus=focus(bodies)))


def _touched(body: Body, others: Sequence[Body]) -> frozenset[str]:
    """Return the names of the bodies that a body touches, but for the floor."""
    (one,) = standing([body])
    things = standing(other for other in others if other.kind != "floor")
    return frozenset(other.name for other in things if distance_at(one, other, 0) <= 0.0)

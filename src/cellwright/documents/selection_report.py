"""The report of a selection: ranking, who is better than whom, why not the others, and the reachability map."""

from __future__ import annotations

from collections.abc import Sequence

from ..job.model import Job
from ..placement.robust import SHIFT, TURN
from ..selection.figures import UNITS, Figure
from ..selection.model import Ranked, Requirement, Selection
from .amounts import amount
from .markup import Markup, markup, short, table, tag
from .page import page, show
from .scene3d import player
from .selection_plot import pareto
from .selection_scene import reach_scene

STAGES = {
    "listed": "in the catalogue",
    "with_joint_table": "can be planned with",
    "considered": "placements considered",
    "within_reach": "within the reach's ball",
    "middle": "middle poses solved",
    "bounded": "every middle pose reached",
    "standing": "foot stands free",
    "solved": "every pose solved",
    "reaching": "everything reached",
    "screened": "tested with bodies",
    "free": "free of collision",
    "planned": "planned in full",
    "proven": "proven by the judge",
}


KINDS = {
    "payload": "too weak for tool and part",
    "axes": "cannot tilt the tool as the work asks",
    "reach": "too short",
    "joint-limit": "a joint would have to turn further than it can",
    "continuity": "reaches every pose, but not in one go",
    "collision": "something is in the way",
    "clearance": "too little room for the search",
    "standing": "no room for its foot",
    "home": "no room to wait",
    "not-planned": "would do, less promising than those that were planned",
    "speed-unknown": "would do, its speeds are not published",
    "repeatability": "not accurate enough",
}
"""Code of a reason -> what it means to somebody who has no robot yet."""


def selection_report(selection: Selection, job: Job) -> dict[str, bytes]:
    """Return ``selection.html``: one file that opens from disk, asks no network, and has the same bytes every time.

    Args:
        selection: what is reported.
        job: that it is of, for the cell in the map.
    """
    players = []
    sections = {
        "ranking": ("Ranking", _ranking(selection)),
        "rejected": ("Why not the others", _rejected(selection)),
    }
    if selection.reachability is not None and selection.chosen is not None:
        players.append(player(reach_scene(selection, job)))
        told = f"Where the base of {selection.chosen.key} may stand: green reaches every operation, red none of them."
        frame = markup(show(players[0], "Reachability in 3D"), tag("p", told, class_="soft"))
        sections["map"] = ("Reachability", frame)
    sections |= {
        "needs": ("What the job asks", _needs(selection)),
        "stages": ("From coarse to fine", _stages(selection)),
    }
    links = (tag("a", title, href=f"#{key}") for key, (title, _) in sections.items())
    body = markup(
        _headline(selection),
        tag("nav", *links),
        *(tag("section", tag("h2", title), content, id=key) for key, (title, content) in sections.items()),
        tag("footer", "Made by Cellwright. What nobody published is unknown: it neither gains nor loses."),
    )
    return {"selection.html": page(f"{selection.job}: choice of the robot", body, players)}


def _headline(selection: Selection) -> Markup:
    chosen = selection.chosen
    verdict = tag("span", "OK" if chosen else "NOT OK", class_="verdict" if chosen else "verdict bad")
    said = chosen.key if chosen else "no robot does it"
    head = tag("header", tag("h1", selection.job), verdict, tag("span", said, class_="soft"))
    return markup(head, tag("p", _summary(selection)))


def _summary(selection: Selection) -> str:
    """Return in two sentences what was asked and what came of it."""
    robots = next(n for name, n, _ in selection.stages if name == "with_joint_table")
    placements = next(n for name, _, n in selection.stages if name == "considered")
    asked = f"{robots} robots were asked at {placements} placements of the base."
    chosen = selection.chosen
    if chosen is None:
        return f"{asked} None of them does the job; below is what each of them misses, and what would make it fit."
    cycle = amount(chosen.values["cycle_time"], "s", digits=1)
    proven = len(selection.ranking)
    plans = f"{proven} plans were proven free of collision by the exact judge" if proven > 1 else "its plan was proven"
    return f"{asked} {chosen.key} does it best, in {cycle} a part, its base at {chosen.outcome.base}; {plans}."


def _needs(selection: Selection) -> Markup:
    rows = [(item.name.replace("_", " "), _value(item), item.source) for item in selection.requirements.items]
    return table(("requirement", "value", "where from"), rows)


def _value(item: Requirement) -> str:
    if item.value is None:
        return "not stated"
    return item.value if isinstance(item.value, str) else amount(item.value, item.unit)


def _stages(selection: Selection) -> Markup:
    rows = [
        (STAGES.get(name, name), str(robots), str(count) if count else "") for name, robots, count in selection.stages
    ]
    solved = tag("p", f"{selection.poses} poses were solved.", class_="soft")
    return markup(table(("stage", "robots", "placements"), rows, numbers=(1, 2)), solved)


def _ranking(selection: Selection) -> Markup:
    if not selection.ranking:
        return tag("p", "No plan proves.", class_="soft")
    weights = ", ".join(f"{name.replace('_', ' ')} {short(weight)}" for name, weight in selection.weights.items())
    said = [tag("p", f"Weighed: {weights}.", class_="soft")]
    if selection.unweighed:
        names = ", ".join(name.replace("_", " ") for name in selection.unweighed)
        said.append(tag("p", f"Not counted, because it is not known of every robot: {names}.", class_="soft"))
    given = [name for name in UNITS if any(name in row.said for row in selection.ranking)]
    head = ("rank", "robot", "score", "cycle", "room", "to limits", "fixture off", "payload to spare", *given)
    rows = [_row(i, row, given) for i, row in enumerate(selection.ranking, 1)]
    numbers = [n for n in range(len(head)) if n != 1]
    why = table(("robot", "why not first", "Pareto", "not known of it"), map(_why, selection.ranking))
    return markup(*said, table(head, rows, numbers=numbers), _legend(), why, pareto(selection))


def _legend() -> Markup:
    off = f"{amount(SHIFT, 'm', digits=0)} and {amount(TURN, 'rad', digits=1)} wrong along and about each axis"
    words = (
        "Room: the least distance to anything that may not be touched. To limits: the least way left to a joint's "
        f"limit or to a straight wrist. Fixture off: what is left of it where the fixture stands {off}. Pareto: no "
        "other robot is as good or better in everything."
    )
    return tag("p", words, class_="soft")


def _row(rank: int, row: Ranked, given: Sequence[str]) -> tuple[str, ...]:
    value = row.values
    said = [_said(row.said[name]) if name in row.said else "unknown" for name in given]
    return (
        str(rank),
        row.key,
        short(row.score, 3),
        amount(value["cycle_time"], "s", digits=1),
        amount(value["clearance"], "m", digits=1),
        amount(value["margin"], "rad", digits=1),
        amount(value["robust_margin"], "rad", digits=1),
        amount(value["payload_reserve"], "kg", digits=1),
        *said,
    )


def _why(row: Ranked) -> tuple[str, ...]:
    behind = f"{row.dominated_by[0]} is no worse in anything" if row.dominated_by else "in the set"
    reason = f"{row.reason.what}; {row.reason.fix}" if row.reason else "chosen"
    return row.key, reason, behind, ", ".join(name.replace("_", " ") for name in row.assessment.missing)


def _said(figure: Figure) -> Markup:
    return tag("span", str(figure), title=f"{figure.source}, {figure.date}")


def _rejected(selection: Selection) -> Markup:
    kinds = dict(selection.kinds)
    only = kinds.pop("only-listed", ())
    head = ("robot", "reason", "smallest change", "measured at")
    shown: list[Markup] = []
    for code, found in kinds.items():
        shown.append(tag("h3", tag("code", code), f" {KINDS.get(code, '')} ({len(found)})"))
        if len({(r.what, r.fix) for _, r in found}) == 1 < len(found):
            names = ", ".join(o.candidate.key for o, _ in found)
            shown.append(markup(tag("p", f"{found[0][1].what}; {found[0][1].fix}:"), tag("p", names, class_="soft")))
            continue
        rows = [(o.candidate.key, r.what, r.fix, str(o.place) if o.place else "") for o, r in found]
        shown.append(table(head, rows))
    if only:
        listed = table(("robot", "reason", "smallest change"), [(o.candidate.key, r.what, r.fix) for o, r in only])
        shown.append(tag("details", tag("summary", f"{len(only)} that are only listed"), listed))
    return markup(tag("p", "The nearest misses of each kind come first.", class_="soft"), *shown)

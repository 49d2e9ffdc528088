"""The report of a selection: ranking, who is better than whom, why not the others, and the reachability map."""

from __future__ import annotations

from ..job.model import Job
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


def selection_report(selection: Selection, job: Job) -> dict[str, bytes]:
    """Return ``selection.html``: one file that opens from disk, asks no network, and has the same bytes every time.

    Args:
        selection: what is reported.
        job: that it is of, for the cell in the map.
    """
    players = []
    sections = {
        "needs": ("What the job asks", _needs(selection)),
        "stages": ("From coarse to fine", _stages(selection)),
        "ranking": ("Ranking", _ranking(selection)),
        "rejected": ("Why not the others", _rejected(selection)),
    }
    if selection.reachability is not None and selection.chosen is not None:
        players.append(player(reach_scene(selection, job)))
        told = f"Where the base of {selection.chosen.key} may stand: green reaches every operation, red none of them."
        frame = markup(show(players[0], "Reachability in 3D"), tag("p", told, class_="soft"))
        sections["map"] = ("Reachability", frame)
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
    return tag("header", tag("h1", selection.job), verdict, tag("span", said, class_="soft"))


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
    head = (
        "rank",
        "robot",
        "score",
        "cycle",
        "room",
        "margin",
        "payload to spare",
        "unknown",
        "Pareto",
        "why not first",
    )
    rows = [_row(i, row) for i, row in enumerate(selection.ranking, 1)]
    return markup(*said, table(head, rows, numbers=(0, 2, 3, 4, 5, 6)), pareto(selection))


def _row(rank: int, row: Ranked) -> tuple[str, ...]:
    value = row.values
    behind = f"{row.dominated_by[0]} is no worse in anything" if row.dominated_by else "in the set"
    reason = f"{row.reason.what}; {row.reason.fix}" if row.reason else "chosen"
    return (
        str(rank),
        row.key,
        short(row.score, 3),
        amount(value["cycle_time"], "s", digits=1),
        amount(value["clearance"], "m", digits=1),
        amount(value["margin"], "rad", digits=1),
        amount(value["payload_reserve"], "kg", digits=1),
        ", ".join(name.replace("_", " ") for name in row.assessment.missing),
        behind,
        reason,
    )


def _rejected(selection: Selection) -> Markup:
    full = [(one, reason) for one, reason in selection.rejected if reason.code != "only-listed"]
    only = [(one, reason) for one, reason in selection.rejected if reason.code == "only-listed"]
    head = ("robot", "code", "reason", "smallest change", "at")
    rows = [
        (one.candidate.key, tag("code", reason.code), reason.what, reason.fix, str(one.place) if one.place else "")
        for one, reason in full
    ]
    shown = table(head, rows)
    if not only:
        return shown
    listed = table(("robot", "reason", "smallest change"), [(o.candidate.key, r.what, r.fix) for o, r in only])
    return markup(shown, tag("details", tag("summary", f"{len(only)} that are only listed"), listed))

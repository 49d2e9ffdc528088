"""Robots in the order of what the user weighs, the Pareto set, and who is better than whom in everything."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from .figures import Figure
from .model import COSTS, CRITERIA, Assessment, Outcome, Ranked, Reason, Requirements

WEIGHTS: Mapping[str, float] = {"cycle_time": 1.0, "robust_margin": 0.25, "clearance": 0.25, "price": 1.0}
"""What counts where the user says nothing."""

_DIGITS = 6
_WORDS = {
    "cycle_time": "s", "clearance": "m", "margin": "rad", "robust_margin": "rad", "payload_reserve": "kg",
    "payback": "years", "delivery": "days", "service": "km", "energy": "kWh",
}  # fmt: skip
_SAID = {"m": (1e3, "mm"), "rad": (180.0 / math.pi, "deg")}
Values = Mapping[str, float | None]


def values(needs: Requirements, one: Assessment, outcome: Outcome, given: Values) -> dict[str, float | None]:
    """Return the figure of every criterion, None where nobody knows it.

    Args:
        needs: what the job asks.
        one: what the coarse stages found.
        outcome: of the full plan.
        given: what the user says of the robot, by criterion.
    """
    has = next((fit.has for fit in one.fits if fit.name == "payload"), None)
    needed = needs.figure("payload")
    distances = [outcome.figures[name] for name in ("clearance", "tool_clearance") if name in outcome.figures]
    margins = [outcome.figures[name] for name in ("limit_margin", "wrist_margin") if name in outcome.figures]
    measured: dict[str, float | None] = {
        "cycle_time": outcome.cycle_time[1] if outcome.cycle_time else None,
        "clearance": min(distances) if distances else None,
        "margin": min(margins) if margins else one.margin,
        "robust_margin": outcome.figures.get("robust_margin"),
        "payload_reserve": has - needed if isinstance(has, float) and needed is not None else None,
    }
    return {name: _rounded(measured.get(name, given.get(name))) for name in CRITERIA}


def scores(table: Sequence[Values], weights: Mapping[str, float]) -> tuple[list[float], tuple[str, ...]]:
    """Return a score for each row, 1 where it is best in everything, and the weighed criteria that do not count.

    A criterion counts by the ratio to the best of the rows. One that is not known of every row does not count: nobody
    gains or loses by what is unknown.
    """
    if not table:
        return [], ()
    counted = [n for n in CRITERIA if weights.get(n, 0.0) > 0.0 and all(row.get(n) is not None for row in table)]
    left_out = tuple(n for n in CRITERIA if weights.get(n, 0.0) > 0.0 and n not in counted)
    whole = sum(weights[name] for name in counted)
    if not whole:
        return [0.0] * len(table), left_out
    shares = {name: _shares([_figure(row, name) for row in table], name in COSTS) for name in counted}
    found = [sum(weights[name] * shares[name][i] for name in counted) / whole for i in range(len(table))]
    return [round(score, _DIGITS) for score in found], left_out


def ranked(
    rows: Sequence[tuple[Assessment, Outcome]], table: Sequence[dict[str, float | None]], weights: Mapping[str, float],
    said: Sequence[Mapping[str, Figure]] | None = None,
) -> tuple[tuple[Ranked, ...], tuple[str, ...]]:  # fmt: skip
    """Return the rows best first, ties by key, and the weighed criteria that do not count.

    A row of which a criterion is unknown that counts is ranked apart, after those of which all are known, by what is
    known of all that stand apart: nobody gains or loses by what is unknown. Where no row has all of them, only those
    count that are known of every row.

    Args:
        rows: robots whose plan proves.
        table: the figures of each.
        weights: criterion -> weight.
        said: what the user says of each, for the record.
    """
    known = [name for name in weighed(weights) if any(row.get(name) is not None for row in table)]
    lacking = [tuple(name for name in known if row.get(name) is None) for row in table]
    if table and all(lacking):
        lacking = [()] * len(table)
    keys = [row[0].candidate.key for row in rows]
    made: list[Ranked] = []
    left_out: dict[str, None] = dict.fromkeys(name for name in weighed(weights) if name not in known)
    for group in ([i for i, lack in enumerate(lacking) if not lack], [i for i, lack in enumerate(lacking) if lack]):
        part = [table[i] for i in group]
        found, missing = scores(part, weights)
        left_out |= {} if made else dict.fromkeys(missing)
        order = sorted(range(len(group)), key=lambda k, f=found, g=group: (-f[k], keys[g[k]]))
        names = [keys[i] for i in group]
        for k in order:
            i = group[k]
            behind = _behind(part, found, k, order[0], names, weights, missing) if k != order[0] else None
            if lacking[i]:
                behind = _apart(lacking[i])
            made.append(
                Ranked(
                    assessment=rows[i][0], outcome=rows[i][1], score=found[k], values=table[i], apart=lacking[i],
                    dominated_by=tuple(keys[m] for m in range(len(rows)) if dominates(table[m], table[i])),
                    reason=behind, said=dict(said[i]) if said else {},
                )
            )  # fmt: skip
    return tuple(made), tuple(left_out)


def weighed(weights: Mapping[str, float]) -> list[str]:
    """Return the criteria that have a weight."""
    return [name for name in CRITERIA if weights.get(name, 0.0) > 0.0]


def dominates(one: Values, other: Values) -> bool:
    """Return whether a row is no worse in any criterion, and better in one; both have to know the same ones."""
    known = [name for name in CRITERIA if one.get(name) is not None]
    if known != [name for name in CRITERIA if other.get(name) is not None]:
        return False  # what is unknown of one may be better
    ahead = [_ahead(_figure(one, name), _figure(other, name), name in COSTS) for name in known]
    return bool(ahead) and min(ahead) >= 0.0 and max(ahead) > 0.0


def _apart(lacking: tuple[str, ...]) -> Reason:
    names = " and ".join(name.replace("_", " ") for name in lacking)
    return Reason(
        code="unknown-figure", what=f"it works; nobody says its {names}, so that it is ranked apart",
        fix=f"add its {names} to the table that the job names in `figures`, or give it no weight",
    )  # fmt: skip


def _behind(
    table: Sequence[Values], found: Sequence[float], i: int, best: int, keys: Sequence[str],
    weights: Mapping[str, float], left_out: tuple[str, ...],
) -> Reason:  # fmt: skip
    """Return by how much a ranked robot is behind the first, and which single figure would bring it level."""
    counted = [n for n in CRITERIA if weights.get(n, 0.0) > 0.0 and n not in left_out]
    gap = found[best] - found[i]
    what = f"it works; {keys[best]} is ahead by {gap:.3f}"
    whole = sum(weights[name] for name in counted)
    for name in sorted(counted, key=lambda n: -weights[n]):
        column = [_figure(row, name) for row in table]
        share = _shares(column, name in COSTS)[i] + gap * whole / weights[name]
        top = min(column) if name in COSTS else max(column)
        if 0.0 < share <= 1.0 and top > 0.0:
            wanted = top / share if name in COSTS else top * share
            unit = _WORDS.get(name, "")
            less = "less" if name in COSTS else "more"
            said, word = _SAID.get(unit, (1.0, unit))
            far = abs(wanted - column[i]) * said
            much = f"{far:.0f}" if far >= 1e3 else f"{far:.3g}"
            fix = f"{' '.join(filter(None, (much, word)))} {less} {name.replace('_', ' ')} would bring it level"
            return Reason(code="outranked", what=what, fix=fix, amount=abs(wanted - column[i]), unit=unit)
    return Reason(code="outranked", what=what, fix="no single figure brings it level: other weights would")


def _shares(column: Sequence[float], cost: bool) -> list[float]:
    if cost:
        best = min(column)
        return [1.0 if value <= best else best / value for value in column]
    best = max(column)
    return [1.0 if best <= 0.0 else max(0.0, value) / best for value in column]


def _ahead(one: float, other: float, cost: bool) -> float:
    return other - one if cost else one - other


def _figure(row: Values, name: str) -> float:
    value = row[name]
    assert value is not None
    return value


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)

"""Layers of one case: how many a layer holds, how layers interlock, how many a pallet takes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..geometry import Array
from .model import Case, Deck, Load
from .stacking import SUPPORT, loaded, shared, supports

_FINEST = 60
"""Lengths that sums of a case's sides may have in a layer; of more every second is left out, until they are so few."""

_TENTH = 1e-4  # [m] sides are rounded up to this, the deck down


def layer_bound(case: Case, deck: Deck) -> int:
    """Return a number of cases that no layer can exceed: what its area holds."""
    return int((deck.size[0] * deck.size[1] + 1e-9) / (case.size[0] * case.size[1]))


def layer(case: Case, deck: Deck) -> Array:
    """Return the corners and sizes (n, 4) of the cases in one layer: x, y, length, width [m].

    Raises:
        InputError: not one case fits on the deck.
    """
    a, b = (math.ceil(side / _TENTH - 1e-6) for side in case.size[:2])
    length, width = (math.floor(side / _TENTH + 1e-6) for side in deck.size)
    if case.turns:
        found = _windmills(a, b, length, width)
    else:
        found = [(x * a, y * b, a, b) for y in range(width // b) for x in range(length // a)]
    if not found:
        raise InputError(f"{case.name} does not fit on the {deck.name}", fix="take a larger deck")
    return np.array(found, float) * _TENTH


def stack_layers(case: Case, deck: Deck, *, count: int | None = None, sheet_every: int = 0, sheet: float = 0.0) -> Load:
    """Return layers of one case, each turned so that it binds the one below; a whole pallet without ``count``.

    Args:
        count: cases that are wanted.
        sheet_every: a slip sheet lies on every so many layers; 0 = none.
        sheet: its thickness [m].

    Raises:
        InputError: not one case fits, or more are wanted than the pallet takes.
    """
    one = layer(case, deck)
    most = _most(case, deck, len(one), sheet_every, sheet)
    count = most if count is None else count
    if count > most:
        raise InputError(f"{count} of {case.name} are more than the {most} that the {deck.name} takes",
                         fix="order more pallets, or raise its height or mass")  # fmt: skip
    ways = _ways(one, deck)
    corners: list[Array] = []
    sizes: list[Array] = []
    below, z = np.empty((0, 4)), 0.0
    for start in range(0, count, len(one)):
        sheeted = bool(sheet_every and corners and len(corners) % sheet_every == 0)
        rows = ways[0] if not corners or sheeted else _binding(ways, below)
        z += sheet if sheeted else 0.0
        rows = rows[: count - start]
        corners.append(np.column_stack([rows[:, :2], np.full(len(rows), z)]))
        sizes.append(np.column_stack([rows[:, 2:], np.full(len(rows), case.size[2])]))
        below, z = rows, z + case.size[2]
    return loaded((case,) * count, deck, np.arange(count), np.concatenate(corners), np.concatenate(sizes), level=sheet)


def _most(case: Case, deck: Deck, a_layer: int, sheet_every: int, sheet: float) -> int:
    """Return how many cases the pallet takes, by height, by its mass and by what a case bears."""
    layers = 0
    while deck.height is None or _height(case, layers + 1, sheet_every, sheet) <= deck.height + 1e-9:
        if case.bears is not None and layers * case.mass > case.bears + 1e-9:
            break
        layers += 1
        if deck.height is None and (case.bears is None and deck.mass is None):
            raise InputError(f"nothing limits how high {case.name} are stacked",
                             fix="give the pallet a height or a mass, or say how many are wanted")  # fmt: skip
        if deck.mass is not None and layers * a_layer * case.mass > deck.mass:
            break
    by_mass = math.inf if deck.mass is None or not case.mass else int(deck.mass / case.mass + 1e-9)
    return int(min(layers * a_layer, by_mass))


def _height(case: Case, layers: int, sheet_every: int, sheet: float) -> float:
    return layers * case.size[2] + (sheet * ((layers - 1) // sheet_every) if sheet_every else 0.0)


def _ways(one: Array, deck: Deck) -> list[Array]:
    """Return a layer as it is, and mirrored along, across and both, its gaps shared out to keep it in the middle."""
    far = (one[:, :2] + one[:, 2:]).max(0)
    along, across = (far[i] - one[:, i] - one[:, i + 2] for i in (0, 1))
    spare = (np.array(deck.size) - far) / 2
    ways = [
        np.column_stack([x, y, one[:, 2:]])
        for x, y in ((one[:, 0], one[:, 1]), (along, one[:, 1]), (one[:, 0], across), (along, across))
    ]
    for rows in ways:
        rows[:, :2] += spare
    return [rows[np.lexsort((np.round(rows[:, 0], 6), np.round(rows[:, 1], 6)))] for rows in ways]


def _binding(ways: list[Array], below: Array) -> Array:
    """Return the way in which a layer's cases rest on most of those below; every case must rest well."""
    best, most = ways[0], -1.0
    for rows in ways:
        corner = np.column_stack(
            [np.concatenate([below, rows])[:, :2], np.r_[np.zeros(len(below)), np.ones(len(rows))]]
        )
        size = np.column_stack([np.concatenate([below, rows])[:, 2:], np.ones(len(corner))])
        held = [shared(corner, size, len(below) + k)[: len(below)] for k in range(len(rows))]
        binds = sum(int((area > 0.05 * rows[k, 2] * rows[k, 3]).sum()) for k, area in enumerate(held)) / len(rows)
        if float(supports(corner, size)[len(below) :].min()) >= SUPPORT and binds > most + 1e-9:
            best, most = rows, binds
    return best


def _windmills(a: int, b: int, length: int, width: int) -> list[tuple[int, int, int, int]]:
    """Return a layer (x, y, length, width) in whole steps."""
    from .pattern_kernel import filled  # compiles: only when asked

    top = max(length, width)
    xs = np.unique([i * a + j * b for i in range(top // a + 1) for j in range((top - i * a) // b + 1)])
    while len(xs) > _FINEST:
        xs = np.r_[0, xs[1::2]]
    below = np.searchsorted(xs, np.arange(top + 1), side="right") - 1
    most = np.zeros((len(xs), len(xs)), np.int64)
    split = np.empty((len(xs), len(xs), 4), np.int64)
    filled(a, b, xs, below, most, split)
    found: list[tuple[int, int, int, int]] = []
    _collect(a, b, xs, below, split, 0, 0, int(below[length]), int(below[width]), found)
    return found


def _collect(
    a: int, b: int, xs: NDArray[np.int64], below: NDArray[np.int64], split: NDArray[np.int64], x: int, y: int, i: int,
    j: int, found: list[tuple[int, int, int, int]],
) -> None:  # fmt: skip
    """Add the pieces of a block, of index lengths i and j, whose corner is at x, y."""
    wide, deep = int(xs[i]), int(xs[j])
    i1, i2, j1, j2 = (int(k) for k in split[i, j])
    if i1 < 0:
        if a <= wide and b <= deep:
            found.append((x, y, a, b))
        elif b <= wide and a <= deep:
            found.append((x, y, b, a))
        return
    x1, x2, y1, y2 = int(xs[i1]), int(xs[i2]), int(xs[j1]), int(xs[j2])
    for left, front, u, v in (
        (0, 0, x1, y2), (x1, 0, wide - x1, y1), (x2, y1, wide - x2, deep - y1), (0, y2, x2, deep - y2),
        (x1, y1, x2 - x1, y2 - y1),
    ):  # fmt: skip
        _collect(a, b, xs, below, split, x + left, y + front, int(below[u]), int(below[v]), found)

"""Mixed cases stacked on a pallet: which case stands where, and in which order the robot puts them down."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..geometry import Array, frozen
from .bounds import height_bound
from .model import Case, Deck, Load, Placed
from .swaying import WAYS, G, least_sway

SUPPORT = 0.75
"""Least share of a case's base that rests on something. Above one half its middle lies inside of what holds it."""

ROUNDS = 4000
"""Changes of order and places that are tried."""

SWAY = 0.5
"""Least sideways acceleration that every case bears without tipping, with what rests on it [m/s2]."""

_BLOCK = 250  # rounds between two words of progress
_FREE = 1 << 40
# what counts in a place: its top, its bottom, base that hangs free, sides that touch; each case is tried with each
_WEIGHTS = np.array([(1.0, 0.0, 1.0, 0.0), (1.0, 1.0, 1.0, 0.5), (0.0, 1.0, 1.0, 0.5), (1.0, 0.5, 0.3, 2.0)])

Progress = Callable[[str, float], None]


def stack_cases(
    cases: Sequence[Case], deck: Deck, *, ahead: int | None = None, support: float = SUPPORT, sway: float = SWAY,
    level: float = 0.0, rounds: int = ROUNDS, seed: int = 1, progress: Progress = lambda _what, _share: None,
) -> Load:  # fmt: skip
    """Return the lowest load that is found, every case set down from above.

    Args:
        cases: in the order in which they arrive.
        ahead: among how many waiting cases the robot may choose; 1 = the order of arrival, left out = any order.
        support: least share of its base that must rest on something.
        sway: least sideways acceleration that every case bears, with what rests on it, without tipping [m/s2].
        level: how far tops of cases may differ that carry one together [m].
        rounds: changes of order and places that are tried.
        seed: of the choices.

    Raises:
        InputError: a case that does not fit on the empty deck, or a rule that makes no sense.
    """
    _refuse(cases, deck, support)
    if not cases:
        return loaded((), deck, np.empty(0, np.int64), np.empty((0, 3)), np.empty((0, 3)), level=level)
    from . import search_kernel as kernel  # compiles: only when asked
    from .stacking_kernel import Order

    given = Order(
        size=_um([case.size for case in cases]),
        mass=np.array([case.mass for case in cases]),
        bears=np.array([np.inf if case.bears is None else case.bears for case in cases]),
        turns=np.array([case.turns for case in cases]),
        deck=np.array([*_um(deck.size), _limit(deck.height, 1e6), _limit(deck.mass, 1e3)]),
        ahead=len(cases) if ahead is None else ahead,
        support=support,
        bites=round(level * 1e6),
        sway=sway / G,
        ways=WAYS,
    )
    search = kernel.start(given, _wishes(given.size), _WEIGHTS, seed)
    for done in range(0, rounds, _BLOCK):
        progress("stacking the cases", done / rounds)
        kernel.search(given, _WEIGHTS, min(_BLOCK, rounds - done), search)
    progress("stacking the cases", 1.0)
    rows = search.placed[: search.numbers[0]]
    corner, size = rows[:, 1:4].astype(float) * 1e-6, rows[:, 4:7].astype(float) * 1e-6
    return loaded(tuple(cases), deck, rows[:, 0], corner, size, level=level)


def _refuse(cases: Sequence[Case], deck: Deck, support: float) -> None:
    if not 0.5 < support <= 1.0:
        raise InputError(f"a case that rests on {support:.0%} of its base can tip", fix="ask for more than a half")
    for i, case in enumerate(cases):
        ways = (case.size[:2], case.size[1::-1]) if case.turns else (case.size[:2],)
        if not any(a <= deck.size[0] + 1e-9 and b <= deck.size[1] + 1e-9 for a, b in ways):
            raise InputError(
                f"case {i + 1} ({case.name}) does not fit on the {deck.name}",
                fix=f"its base is {case.size[0] * 1e3:.0f} x {case.size[1] * 1e3:.0f} mm: take a larger deck",
            )
        if deck.height is not None and case.size[2] > deck.height + 1e-9:
            raise InputError(f"case {i + 1} ({case.name}) is higher than a load may be", fix="take it out of the order")


def _wishes(size: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return orders (m, n) to begin with: the rank of each case by height, base, volume, narrow side."""
    base, high, arrival = size[:, 0] * size[:, 1], size[:, 2], np.arange(len(size))
    keys = ((-high, -base), (-base, -high), (-base * high,), (-size[:, :2].min(1), -high))
    return np.array([np.argsort(np.lexsort((arrival, *key))) for key in keys])


def _um(lengths: object) -> NDArray[np.int64]:
    return np.rint(np.asarray(lengths, float) * 1e6).astype(np.int64)


def _limit(value: float | None, scale: float) -> int:
    return _FREE if value is None else round(value * scale)


def loaded(
    cases: tuple[Case, ...], deck: Deck, order: NDArray[np.int64], corner: Array, size: Array, *, level: float
) -> Load:
    """Return the load of cases ``order`` (n,) at ``corner`` with ``size`` (n, 3) [m], in the order of stacking."""
    shares = supports(corner, size, level=level)
    placed = tuple(
        Placed(
            case=int(case), corner=frozen(corner[k]), size=frozen(size[k]), support=float(shares[k]),
            turned=bool(abs(size[k, 0] - cases[case].size[0]) > 1e-6),
        )
        for k, case in enumerate(order)
    )  # fmt: skip
    mass = np.array([cases[case].mass for case in order])
    height = float((corner[:, 2] + size[:, 2]).max(initial=0.0))
    room = deck.size[0] * deck.size[1] * height
    standing = {one.case for one in placed}
    return Load(
        deck=deck,
        cases=cases,
        placed=placed,
        left_out=tuple(i for i in range(len(cases)) if i not in standing),
        height=height,
        bound=height_bound([cases[one.case] for one in placed], deck),
        use=float(size.prod(1).sum()) / room if room else 0.0,
        centre=frozen((mass[:, None] * (corner + size / 2)).sum(0) / max(mass.sum(), 1e-12)),
        sway=least_sway(corner, size, mass, level=level),
    )


def supports(corner: Array, size: Array, *, level: float = 0.0) -> Array:
    """Return the share (n,) of each case's base that rests on the deck or on tops within ``level`` of the highest."""
    shares = np.ones(len(corner))
    for k in range(len(corner)):
        if corner[k, 2] > 1e-9:
            area = shared(corner, size, k)
            top = corner[:, 2] + size[:, 2]
            held = (top <= corner[k, 2] + 1e-9) & (top >= corner[k, 2] - level - 1e-9)
            shares[k] = area[held].sum() / (size[k, 0] * size[k, 1])
    return shares


def shared(corner: Array, size: Array, k: int) -> Array:
    """Return the area (n,) that the footprint of each case shares with that of case ``k`` [m2]."""
    low = np.maximum(corner[:, :2], corner[k, :2])
    high = np.minimum(corner[:, :2] + size[:, :2], corner[k, :2] + size[k, :2])
    return np.clip(high - low, 0.0, None).prod(1)

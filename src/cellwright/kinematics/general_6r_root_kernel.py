"""The compiled roots of the product over an arc of the hidden joint: its nodes, and what lies in a cell between two."""

from __future__ import annotations

from ..compiled import kernel
from ..geometry import Array
from .general_6r_product_kernel import fill_hidden, fill_products
from .tracking_kernel import cosine_sine

ASIDE = 1e-3
"""Of a step between nodes: so far beside a node the slope there is seen."""

DIP = 0.05
"""A near miss is this much lower than the nodes beside it."""


@kernel
def hidden_joint(arc: Array, at: float) -> float:
    """Return the hidden joint: the angle itself, or a swing over the arc, with which its ends are no corners."""
    if arc[1] == 0.0:
        return at
    _, s = cosine_sine(at)
    return arc[0] + arc[1] * s


@kernel
def value(kind: int, table: Array, t: Array, k: Array, h: Array, arc: Array, at: float) -> float:
    """Return the product at one place of an arc, and leave the functions of the hidden joint in ``h`` (22, 1)."""
    c4, s4 = cosine_sine(hidden_joint(arc, at))
    h[20, 0], h[21, 0] = c4, s4
    fill_hidden(table, h[20], h[21], h)
    fill_products(kind, t, k, h, h[20])
    return h[20, 0]


@kernel
def root_between(
    kind: int, table: Array, t: Array, k: Array, h: Array, arc: Array, a: float, fa: float, b: float, fb: float
) -> float:
    """Return where the product is zero between ``a`` and ``b``, by the regula falsi with the Illinois rule."""
    x = b
    for _ in range(40):
        x = b - fb * (b - a) / (fb - fa)
        fx = value(kind, table, t, k, h, arc, x)
        if fx == 0.0 or abs(x - b) < 1e-7 or abs(b - a) < 1e-7:
            break
        if (fx > 0.0) != (fb > 0.0):
            a, fa = b, fb
        else:
            fa *= 0.5
        b, fb = x, fx
    return x


@kernel
def lowest_between(kind: int, table: Array, t: Array, k: Array, h: Array, arc: Array, x: Array, f: Array) -> None:
    """Move the middle of three nodes ``x`` (3,) with values ``f`` (3,) of one sign to where the product is least.

    It ends early where the product changes its sign: two roots lie there.
    """
    for _ in range(24):
        left, right = x[1] - x[0], x[2] - x[1]
        if left + right < 1e-6:
            break
        down, up = f[0] - f[1], f[2] - f[1]
        bend = down * right + up * left
        at = x[1] + 0.5 * (down * right * right - up * left * left) / bend if bend != 0.0 else x[1]
        if abs(at - x[1]) < 1e-3 * (left + right) or not x[0] < at < x[2]:
            at = x[1] + (0.1 * right if right > left else -0.1 * left)
        y = value(kind, table, t, k, h, arc, at)
        crossed = (y > 0.0) != (f[1] > 0.0)
        if crossed or abs(y) < abs(f[1]):
            side = 0 if at > x[1] else 2
            x[side], f[side] = x[1], f[1]
            x[1], f[1] = at, y
        else:
            side = 2 if at > x[1] else 0
            x[side], f[side] = at, y
        if crossed:
            break


@kernel
def fill_nodes(
    kind: int, table: Array, t: Array, k: Array, arc: Array, low: float, high: float, n: int, work: Array
) -> None:
    """Fill rows 20 to 22 of ``work`` with ``n`` nodes, the product there, and its slope to the next node's side."""
    step = (high - low) / (n - 1)
    for i in range(n):
        work[20, i] = low + step * i
    for row in range(2):
        for i in range(n):
            # the slope at the last node is seen from within, for an end of an arc is an extremum
            aside = 0.0 if row == 1 else ASIDE * step * (1.0 if i < n - 1 else -1.0)
            work[23, i], work[24, i] = cosine_sine(hidden_joint(arc, work[20, i] + aside))
        fill_hidden(table, work[23, :n], work[24, :n], work)
        fill_products(kind, t, k, work, work[22 - row, :n])
    for i in range(n):
        work[22, i] = work[22, i] - work[21, i] if i < n - 1 else work[21, i] - work[22, i]


@kernel
def roots_between(
    kind: int,
    table: Array,
    t: Array,
    k: Array,
    h: Array,
    arc: Array,
    x: float,
    step: float,
    here: float,
    there: float,
    around: float,
    nodes: Array,
    values: Array,
    roots: Array,
) -> int:
    """Fill ``roots`` with those of a cell in which the product falls and rises again; return how many there are.

    -1 where it comes close to zero only, against the cell's ends or what is ``around``, at the first of ``roots``.
    """
    nodes[0], nodes[1], nodes[2] = x, x + 0.5 * step, x + step
    values[0], values[2] = here, there
    values[1] = value(kind, table, t, k, h, arc, nodes[1])
    for _ in range(8):
        if (values[1] > 0.0) != (here > 0.0) or abs(values[1]) < min(abs(values[0]), abs(values[2])):
            break
        # the lowest place lies beside the lower end
        side = 2 if abs(values[0]) < abs(values[2]) else 0
        nodes[side], values[side] = nodes[1], values[1]
        nodes[1] = 0.5 * (nodes[0] + nodes[2])
        values[1] = value(kind, table, t, k, h, arc, nodes[1])
    if (values[1] > 0.0) == (here > 0.0):
        lowest_between(kind, table, t, k, h, arc, nodes, values)
    if (values[1] > 0.0) != (here > 0.0):
        roots[0] = root_between(kind, table, t, k, h, arc, nodes[0], values[0], nodes[1], values[1])
        roots[1] = root_between(kind, table, t, k, h, arc, nodes[1], values[1], nodes[2], values[2])
        return 2
    roots[0] = nodes[1]
    return -1 if abs(values[1]) < DIP * max(around, abs(here) + abs(there)) else 0

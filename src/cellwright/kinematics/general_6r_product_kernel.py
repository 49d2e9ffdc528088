"""The compiled product over the four ways to set joints 1 and 3 once joint 4 is hidden: smooth, zero at a solution.

The two roots that tell the ways apart are not computed. A number is p + q r with r the first root, whose square is
known and may be negative; the product over both signs of the second root, and then of the first, leaves neither. What
is left is smooth in the hidden joint, and has no jump in its loop, so that several nodes are computed at once.
"""

from __future__ import annotations

from ..compiled import inline, kernel
from ..geometry import Array

PARALLEL, MEET, BASE_MEET, BASE_PARALLEL = 0, 1, 2, 3
"""Which equation has one unknown: by axes 2 and 3, or by axes 1 and 2."""


@inline
def _times(a: float, b: float, c: float, d: float, square: float) -> tuple[float, float]:
    """Return (a + b r) (c + d r), r r = square."""
    return a * c + b * d * square, a * d + b * c


@inline
def _of_root(level: float, cosine: float, sine: float, a: float, b: float, ag: float, bg: float) -> tuple[float, float]:
    """Return level + cosine c + sine s, where c = ag - b r and s = bg + a r."""
    return level + cosine * ag + sine * bg, sine * a - cosine * b


@inline
def _norm(
    n2: float,
    a2: float,
    b2: float,
    g: float,
    gr: float,
    x: float,
    xr: float,
    y: float,
    yr: float,
    z: float,
    zr: float,
    square: float,
) -> float:
    """Return the product of x + y c + z s over both c, s with a2 c + b2 s = g, and over both signs of the root r."""
    m, mr = y * a2 + z * b2, yr * a2 + zr * b2
    w, wr = z * a2 - y * b2, zr * a2 - yr * b2
    xx, xxr = _times(x, xr, x, xr, square)
    xg, xgr = _times(x, xr, g, gr, square)
    xg, xgr = _times(xg, xgr, m, mr, square)
    yy, yyr = _times(y, yr, y, yr, square)
    zz, zzr = _times(z, zr, z, zr, square)
    gg, ggr = _times(g, gr, g, gr, square)
    gg, ggr = _times(gg, ggr, yy + zz, yyr + zzr, square)
    ww, wwr = _times(w, wr, w, wr, square)
    p, pr = n2 * xx + 2.0 * xg + gg - ww, n2 * xxr + 2.0 * xgr + ggr - wwr
    return p * p - pr * pr * square


@kernel
def fill_hidden(table: Array, c4: Array, s4: Array, hidden: Array) -> None:
    """Fill ``hidden`` (20, n) at values of the hidden joint from its Fourier coefficients ``table`` (20, 5)."""
    for row in range(20):
        level, c, s, cc, ss = table[row, 0], table[row, 1], table[row, 2], table[row, 3], table[row, 4]
        out = hidden[row]
        for i in range(len(c4)):
            x, y = c4[i], s4[i]
            out[i] = level + c * x + s * y + cc * (x * x - y * y) + ss * (2.0 * x * y)


@kernel
def fill_products(  # noqa: PLR0915  one loop, so that it is computed several nodes at once
    kind: int, t: Array, k: Array, hidden: Array, out: Array
) -> None:
    """Fill ``out`` (n,) from the start of ``hidden`` (20, at least n); see `general_6r` for the equations.

    Args:
        kind: which equation has one unknown.
        t: (6, 3) functions of joint 1, coefficients of 1, cos, sin.
        k: (8,) constants.
        hidden: functions of the hidden joint.
        out: filled.
    """
    ww, zw, c56, h_p12, h_p23, p12, p23 = k[0], k[1], k[2], k[3], k[4], k[5], k[6]
    pw0, pw1, pw2, hw0, hw1, hw2 = t[0, 0], t[0, 1], t[0, 2], t[1, 0], t[1, 1], t[1, 2]
    pz0, pz1, pz2, zl0, zl1, zl2 = t[2, 0], t[2, 1], t[2, 2], t[3, 0], t[3, 1], t[3, 2]
    cz0, cz1, cz2 = t[4, 0] - t[5, 0], t[4, 1] - t[5, 1], t[4, 2] - t[5, 2]
    if kind <= MEET:  # joint 1 first: its equation has the same cosine and sine coefficients at every node
        lateral = kind == PARALLEL
        a, b = (hw1, hw2) if lateral else (2.0 * pw1, 2.0 * pw2)
        n1 = a * a + b * b
        over = 1.0 / (n1 + 1e-30)
        for i in range(len(out)):
            v0, uu, ut = hidden[0, i], hidden[18, i], hidden[19, i]
            g = h_p12 + h_p23 + v0 - hw0 if lateral else ww + p12 - p23 - 2.0 * pw0 - uu
            ag, bg, a_r, b_r = a * g * over, b * g * over, a * over, b * over
            square = n1 - g * g
            pw, pwr = _of_root(pw0, pw1, pw2, a_r, b_r, ag, bg)
            hw, hwr = _of_root(hw0, hw1, hw2, a_r, b_r, ag, bg)
            pz, pzr = _of_root(pz0, pz1, pz2, a_r, b_r, ag, bg)
            zl, zlr = _of_root(zl0, zl1, zl2, a_r, b_r, ag, bg)
            cz, czr = _of_root(cz0, cz1, cz2, a_r, b_r, ag, bg)
            dl = hw - h_p12
            dd, ddr = _times(dl, hwr, dl, hwr, square)
            sq, sqr = ww + p12 - 2.0 * pw - dd, -2.0 * pwr - ddr
            zd, zdr = _times(zl, zlr, dl, hwr, square)
            az, azr = zw - pz - zd, -pzr - zdr
            ad, adr = _times(az, azr, dl, hwr, square)
            sz, szr = _times(sq, sqr, zl, zlr, square)
            tl, tlr = ad - sz, adr - szr
            t0, t1, t2 = hidden[6, i], hidden[7, i], hidden[8, i]
            e0, e1, e2 = hidden[9, i] + ut, hidden[10, i], hidden[11, i]
            c0, c1, c2 = hidden[12, i] + hidden[15, i], hidden[13, i] + hidden[16, i], hidden[14, i] + hidden[17, i]
            a2 = 2.0 * hidden[4, i] if lateral else hidden[1, i]
            b2 = 2.0 * hidden[5, i] if lateral else hidden[2, i]
            g2 = ww + p12 - p23 - uu - 2.0 * (pw + hidden[3, i]) if lateral else dl - h_p23 - v0
            g2r = -2.0 * pwr if lateral else hwr
            out[i] = _norm(
                a2 * a2 + b2 * b2, a2, b2, g2, g2r,
                c56 * sq + tl * t0 - az * e0 + cz * c0, c56 * sqr + tlr * t0 - azr * e0 + czr * c0,
                tl * t1 - az * e1 + cz * c1, tlr * t1 - azr * e1 + czr * c1,
                tl * t2 - az * e2 + cz * c2, tlr * t2 - azr * e2 + czr * c2,
                square,
            )  # fmt: skip
    else:  # joint 3 first
        meet = kind == BASE_MEET
        a2, b2 = (hw1, hw2) if meet else (2.0 * pw1, 2.0 * pw2)
        n2 = a2 * a2 + b2 * b2
        for i in range(len(out)):
            uu, ut = hidden[18, i], hidden[19, i]
            a = 2.0 * hidden[4, i] if meet else hidden[1, i]
            b = 2.0 * hidden[5, i] if meet else hidden[2, i]
            g = ww + p12 - p23 - uu - 2.0 * (pw0 + hidden[3, i]) if meet else hw0 - h_p12 - h_p23 - hidden[0, i]
            n1 = a * a + b * b
            over = 1.0 / (n1 + 1e-30)
            ag, bg, a_r, b_r = a * g * over, b * g * over, a * over, b * over
            square = n1 - g * g
            vl, vlr = _of_root(h_p23 + hidden[0, i], hidden[1, i], hidden[2, i], a_r, b_r, ag, bg)
            vv, vvr = _of_root(p23 + uu + 2.0 * hidden[3, i], 2.0 * hidden[4, i], 2.0 * hidden[5, i], a_r, b_r, ag, bg)
            tl, tlr = _of_root(hidden[6, i], hidden[7, i], hidden[8, i], a_r, b_r, ag, bg)
            at, atr = _of_root(hidden[9, i] + ut, hidden[10, i], hidden[11, i], a_r, b_r, ag, bg)
            ct, ctr = _of_root(
                hidden[12, i] + hidden[15, i], hidden[13, i] + hidden[16, i], hidden[14, i] + hidden[17, i],
                a_r, b_r, ag, bg,
            )  # fmt: skip
            ll, llr = _times(vl, vlr, vl, vlr, square)
            sq, sqr = vv - ll, vvr - llr
            tv, tvr = _times(tl, tlr, vl, vlr, square)
            at, atr = at - tv, atr - tvr
            va, var = _times(vl, vlr, at, atr, square)
            ts, tsr = _times(tl, tlr, sq, sqr, square)
            zl, zlr = va - ts, var - tsr
            g2 = h_p12 + vl - hw0 if meet else ww + p12 - 2.0 * pw0 - vv
            g2r = vlr if meet else -vvr
            out[i] = n1 * n1 * _norm(
                n2, a2, b2, g2, g2r,
                c56 * sq - zw * at + zl * zl0 + at * pz0 + ct * cz0,
                c56 * sqr - zw * atr + zlr * zl0 + atr * pz0 + ctr * cz0,
                zl * zl1 + at * pz1 + ct * cz1, zlr * zl1 + atr * pz1 + ctr * cz1,
                zl * zl2 + at * pz2 + ct * cz2, zlr * zl2 + atr * pz2 + ctr * cz2,
                square,
            )  # fmt: skip

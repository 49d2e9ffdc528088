"""Cases, pallets, and how cases stand on one."""

from __future__ import annotations

from dataclasses import dataclass

from ..geometry import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A box that is to be stacked, upright.

    Attributes:
        name: of the article; several cases may share it.
        size: length, width and height [m].
        mass: [kg].
        bears: largest mass on top of it [kg]; None where nobody says.
        turns: it may be turned by 90 deg about the vertical.
    """

    name: str
    size: tuple[float, float, float]
    mass: float
    bears: float | None = None
    turns: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Deck:
    """What cases are stacked on.

    Attributes:
        name: ``euro-pallet``, or the user's own.
        size: length and width [m] that cases may not leave.
        height: largest height of the load above the deck [m]; None where there is no limit.
        mass: largest mass of the load [kg]; None where there is no limit.
    """

    name: str
    size: tuple[float, float]
    height: float | None = None
    mass: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """A case that stands.

    Attributes:
        case: index into the order.
        corner: (3,) its least x, y and z seen from the deck's corner [m].
        size: (3,) as it stands [m].
        turned: by 90 deg about the vertical.
        support: share of its base that rests on the deck or on cases.
    """

    case: int
    corner: Array
    size: Array
    turned: bool
    support: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Load:
    """A stacked order.

    Attributes:
        deck: what it stands on.
        cases: the order, in the order of arrival.
        placed: cases in the order in which they are stacked, each from above.
        left_out: indices of cases for which no place was found.
        height: of the load [m].
        bound: height [m] that no stacking of these cases can be lower than.
        use: volume of the placed cases over that of deck times height.
        centre: (3,) of the load's mass, seen from the deck's corner [m].
        sway: sideways acceleration at which the first stack of cases tips [m/s2], each taken with all that rests on it
            by shares; what slides first depends on the friction, which nobody said.
    """

    deck: Deck
    cases: tuple[Case, ...]
    placed: tuple[Placed, ...]
    left_out: tuple[int, ...]
    height: float
    bound: float
    use: float
    centre: Array
    sway: float

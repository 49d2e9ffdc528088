"""One writer a brand: a plan in, the files of a robot program out.

Writers share formatting with each other and nothing with the readers but geometry and units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from ...findings import Finding
from . import abb, aubo, dobot, estun, fanuc, jaka, kawasaki, kuka, mitsubishi, staubli, ur, yaskawa
from .numbers import Resolution
from .script import UNCOUPLED, script

if TYPE_CHECKING:
    from ...planning.model import Plan

Writer = Callable[["Plan"], dict[str, bytes]]
"""Plan -> file name -> bytes; raises ProgramError where the plan cannot be said in the language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """What is to be said about a writer's language.

    Attributes:
        resolution: the last digit that is written.
        unverified: conventions that no independent source supports.
        to_fill: what only the cell knows and an engineer has to add.
    """

    resolution: Resolution
    unverified: tuple[str, ...]
    to_fill: tuple[str, ...]


_LANGUAGES = {
    "abb": abb,
    "aubo": aubo,
    "dobot": dobot,
    "estun": estun,
    "fanuc": fanuc,
    "jaka": jaka,
    "kawasaki": kawasaki,
    "kuka": kuka,
    "mitsubishi": mitsubishi,
    "staubli": staubli,
    "ur": ur,
    "yaskawa": yaskawa,
}

WRITERS: Mapping[str, Writer] = MappingProxyType({brand: module.write for brand, module in _LANGUAGES.items()})

LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        brand: Language(resolution=module.RESOLUTION, unverified=module.UNVERIFIED, to_fill=module.TO_FILL)
        for brand, module in _LANGUAGES.items()
    }
)


def open_points(plan: Plan, brand: str) -> tuple[Finding, ...]:
    """Return what an engineer has to check or add before the program of this plan runs.

    Args:
        plan: the plan that was written.
        brand: a key of ``LANGUAGES``.
    """
    told, language = script(plan, external=True), LANGUAGES[brand]
    found: list[Finding] = []
    if not told.controller.verified:
        what = f"no independent test vector supports the axis map of {told.robot.key}"
        fix = "compare two joint positions with the poses that the controller shows"
        found.append(Finding(code="convention-unverified", severity="warning", what=what, fix=fix))
    if told.mass is None or told.mount_p_centre is None:
        datum = "mass" if told.mass is None else "centre of mass"
        what = f"the {datum} of the tool is not known: the program has a placeholder"
        fix = "give tool.mass and tool.centre in the job"
        found.append(Finding(code="tool-load-unknown", severity="warning", what=what, fix=fix))
    if not told.upright:
        what = "the robot does not stand upright: its mounting must be set in the controller"
        found.append(Finding(code="mounting", severity="warning", what=what))
    taken = (*language.unverified, *((UNCOUPLED,) if told.external else ()))
    found += (Finding(code="program-unverified", severity="info", what=text) for text in taken)
    found += (Finding(code="program-to-fill", severity="warning", what=text) for text in language.to_fill)
    return tuple(found)


__all__ = ["LANGUAGES", "WRITERS", "Language", "Resolution", "Writer", "open_points"]

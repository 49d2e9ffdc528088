"""Arc welding along seams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, StrictInt, Tag, model_validator

from ..errors import CellwrightError, FieldError, JobError, Where
from ..fields import Angle, Block, Current, Frequency, Length, Point, Speed, Voltage
from ..parts.model import Part
from ..units import deg, mm
from .choosing import Direction, pick
from .seams import Seam, find_seams
from .torch import Aim, weld, with_ways
from .work import Event, Freedom, Operation, Segment, Toolpath, Work

Key = tuple[str | int, ...]

_HALF = 1.5708  # [rad]


def _auto_angle(value: object) -> object:
    return None if value == "auto" else value


WeldSpeed = Annotated[Speed, Field(ge=0.0005, le=0.2)]
WorkAngle = Annotated[Annotated[Angle, Field(ge=0.1745, le=2.9671)] | None, BeforeValidator(_auto_angle)]
PushAngle = Annotated[Angle, Field(ge=-0.7854, le=0.7854)]
StickOut = Annotated[Length, Field(ge=0.003, le=0.06)]
Lead = Annotated[Length, Field(ge=0.0, le=0.2)]
Way = Annotated[Length, Field(ge=0.005, le=1.0)]
Travel = Literal["free", "given", "reversed"]


class Turn(Block):
    """How far the torch may turn about its wire, counted from where its x axis lies along the travel."""

    lower: Angle = Field(default=-3.141592653589793, alias="from", ge=-6.2832, le=6.2832, description="smallest turn")
    upper: Angle = Field(default=3.141592653589793, alias="to", ge=-6.2832, le=6.2832, description="largest turn")

    @model_validator(mode="after")
    def _ordered(self) -> Turn:
        if self.lower > self.upper:
            raise FieldError("the turn ends before it begins", fix="write the smaller angle under `from`")
        return self


class Weave(Block):
    """How the wire swings from side to side."""

    shape: Literal["zigzag", "v", "triangle"] = Field(default="zigzag", description="form of the swing")
    amplitude: Annotated[Length, Field(ge=1e-4, le=0.02)] = Field(
        description="from the middle to one side", examples=["2 mm"]
    )
    frequency: Annotated[Frequency, Field(ge=0.1, le=20.0)] = Field(description="swings a second", examples=["2 Hz"])


class Schedule(Block):
    """What the power source is told; what is not given stays as it is set there."""

    job: Annotated[StrictInt, Field(ge=0, le=999)] | None = Field(
        default=None, description="number of the job in the power source", examples=[3]
    )
    current: Annotated[Current, Field(gt=0, le=1000)] | None = Field(
        default=None, description="welding current", examples=["220 A"]
    )
    voltage: Annotated[Voltage, Field(gt=0, le=100)] | None = Field(
        default=None, description="arc voltage", examples=["24 V"]
    )


class Tack(Block):
    """Short welds that hold the pieces before any seam is welded."""

    length: Annotated[Length, Field(ge=0.002, le=0.1)] = Field(description="of one tack", examples=["15 mm"])
    every: Annotated[Length, Field(ge=0.02, le=2.0)] = Field(
        description="largest distance between the starts of two tacks", examples=["150 mm"]
    )


class SeamChoice(Block):
    """One seam by its name, by an edge of the part, or by points; what else is given replaces the task's own value."""

    seam: str | None = Field(default=None, description="name of a seam that was found", examples=["seam_3"])
    edge: str | None = Field(default=None, description="name of an edge of the part", examples=["e12"])
    points: Annotated[tuple[Point, ...], Field(min_length=2, max_length=10000)] | None = Field(
        default=None,
        description="corners of the seam in the part's frame",
        examples=[[{"x": "0 mm", "y": "0 mm"}, {"x": "100 mm"}]],
    )
    normal: Direction | None = Field(
        default=None,
        description="only with `points`: from the seam out of the joint, half-way between the surfaces; left out: "
        "taken from the surfaces of the part there",
        examples=[{"y": -1, "z": 1}],
    )
    lock: bool = Field(default=False, description="keep the direction and the place in the list as given")
    speed: WeldSpeed | None = None
    push_angle: PushAngle | None = None
    work_angle: WorkAngle = None
    stick_out: StickOut | None = None
    turn: Turn | None = None
    lead_in: Lead | None = None
    lead_out: Lead | None = None
    approach: Way | None = None
    retract: Way | None = None
    stop_short: Lead | None = None
    overlap: Lead | None = None
    direction: Travel | None = None
    weave: Weave | None = None
    schedule: Schedule | None = None
    tack: Tack | None = None

    @model_validator(mode="after")
    def _one_name(self) -> SeamChoice:
        given = [name for name in ("seam", "edge", "points") if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(given) if given else "nothing"
            raise FieldError(f"{said} says which seam", fix="write one of `seam`, `edge` and `points`")
        if self.normal is not None and self.points is None:
            raise FieldError("`normal` goes with `points` only", fix="leave it out")
        return self


def _seams_kind(value: object) -> str:
    return "(auto)" if isinstance(value, str) else "(value)"


class ArcWeld(Block):
    """Arc welding along seams of the part."""

    kind: Literal["arc_weld"]
    seams: Annotated[
        Annotated[Literal["auto"], Tag("(auto)")]
        | Annotated[tuple[SeamChoice, ...], Field(min_length=1), Tag("(value)")],
        Discriminator(_seams_kind),
    ] = Field(
        default="auto",
        description="`auto`: every seam found in the part that can be welded; or a list of seams",
        examples=["auto", [{"seam": "seam_3"}, {"edge": "e12", "speed": "6 mm/s"}]],
    )
    speed: WeldSpeed = Field(description="travel speed of the wire's tip along the seam", examples=["8 mm/s"])
    push_angle: PushAngle = Field(
        default=0.0, description="lean of the torch along the travel: + push, - drag", examples=["10 deg"]
    )
    work_angle: WorkAngle = Field(
        default=None,
        description="between the wire and the plate that runs through, square to the seam; `auto`: half the opening",
        examples=["auto", "45 deg"],
    )
    stick_out: StickOut = Field(
        default=0.015, description="free wire from the contact tip; the tool's tcp lies at its end", examples=["15 mm"]
    )
    turn: Turn = Field(
        default=Turn(),
        description="free rotation about the wire",
        examples=[{"from": "-180 deg", "to": "180 deg"}],
    )
    lead_in: Lead = Field(default=0.0, description="straight run before the seam without arc", examples=["0 mm"])
    lead_out: Lead = Field(default=0.0, description="straight run after the seam without arc", examples=["0 mm"])
    approach: Way = Field(default=0.06, description="way along the wire down to the seam", examples=["60 mm"])
    retract: Way = Field(default=0.06, description="way along the wire up from the seam", examples=["60 mm"])
    stop_short: Lead = Field(
        default=0.0,
        description="how far an open seam keeps from both of its ends, where a corner leaves the torch no room",
        examples=["0 mm", "15 mm"],
    )
    overlap: Lead = Field(
        default=0.005, description="how far a closed seam runs on past its own start", examples=["5 mm"]
    )
    air_speed: Annotated[Speed, Field(ge=0.005, le=2.0)] = Field(
        default=0.25, description="speed of approach and retract", examples=["250 mm/s"]
    )
    order: Literal["free", "given"] = Field(default="free", description="sequence of the seams")
    direction: Travel = Field(default="free", description="which way along the seam")
    weave: Weave | None = Field(default=None, description="swing of the wire", examples=[{"amplitude": "2 mm"}])
    schedule: Schedule | None = Field(default=None, description="for the power source", examples=[{"job": 3}])
    tack: Tack | None = Field(default=None, description="tacks before the seams", examples=[{"length": "15 mm"}])

    def work(self, part: Part, key: Key = (), where: Callable[..., Where] | None = None) -> Work:
        """Return one operation a seam, its tacks before all seams, in the part's frame.

        Args:
            part: what is welded.
            key: path of this task in the job file.
            where: gives the place of a key in the job file, for errors.

        Raises:
            JobError: of every seam that does not exist or cannot be welded.
        """
        chosen = list(self._chosen(part, key, where))
        tacks: list[Operation] = []
        welds: list[Operation] = []
        locked: list[bool] = []
        for place, choice, seam in chosen:
            task = self._with(choice)
            name = _unused(seam.name, [operation.name for operation in welds])
            given = (choice is not None and choice.lock) or task.direction != "free"
            if task.tack is not None:
                tacks += task._tacks(seam, name, place, task.tack)
            welds.append(_operation(name, place, seam, task._ways(seam, free=not given)))
            locked.append(self.order == "given" or (choice is not None and choice.lock))
        shift = len(tacks)
        before = [(i, shift + j) for i in range(shift) for j in range(len(welds))]
        after = [
            (shift + i, shift + j)
            for i in range(len(welds))
            for j in range(i + 1, len(welds))
            if (locked[i] or locked[j]) and (self.order == "free" or j == i + 1)
        ]
        return Work(operations=(*tacks, *welds), precedence=(*before, *after))

    def aim(self) -> Aim:
        """Return how the torch is held, from the values of the task."""
        return Aim(
            work_angle=self.work_angle,
            push_angle=self.push_angle,
            speed=self.speed,
            air_speed=self.air_speed,
            lead_in=self.lead_in,
            lead_out=self.lead_out,
            approach=self.approach,
            retract=self.retract,
        )

    def _with(self, choice: SeamChoice | None) -> ArcWeld:
        """Return the task with the seam's own values in place of the common ones."""
        names = set() if choice is None else choice.model_fields_set & set(ArcWeld.model_fields)
        own = {name: getattr(choice, name) for name in names}
        return self.model_copy(update={n: v for n, v in own.items() if v is not None or n == "work_angle"})

    def _chosen(
        self, part: Part, key: Key, where: Callable[..., Where] | None
    ) -> Iterator[tuple[Key, SeamChoice | None, Seam]]:
        seams = find_seams(part)
        offered = [seam for seam in seams if seam.weldable]
        problems: list[CellwrightError] = []
        found: list[tuple[Key, SeamChoice | None, Seam]] = []
        choices: Sequence[SeamChoice | None] = [None] * len(offered) if self.seams == "auto" else self.seams
        if not choices:
            fix = "name seams by `points`" if not part.exact else "name a seam, an edge or points"
            reason = (
                "a mesh has no edges to find seams from" if not part.exact else "no seam that can be welded is found"
            )
            problems.append(CellwrightError(reason, fix=fix, where=where(*key, "seams") if where else None))
        for i, choice in enumerate(choices):
            place = (*key, "seams") if choice is None else (*key, "seams", i)
            try:
                seam = (
                    offered[i]
                    if choice is None
                    else pick(part, seams, choice.seam, choice.edge, choice.points, choice.normal)
                )
                _check_angle(self._with(choice), seam)
                if choice is not None and choice.seam in [c.seam for _, c, _ in found if c is not None and c.seam]:
                    raise CellwrightError(f"{choice.seam} is on the list already", fix="delete one of the two")
            except CellwrightError as error:
                problems.append(CellwrightError(error.problem, fix=error.fix, where=where(*place) if where else None))
            else:
                found.append((place, choice, seam))
        if problems:
            raise JobError(problems)
        yield from found

    def _ways(self, seam: Seam, *, free: bool) -> list[Toolpath]:
        """Return the ways along the whole seam: both directions, and four starts of a closed one."""
        aim = self.aim()
        starts = [seam.length * k / 4 for k in range(4)] if seam.closed and free else [0.0]
        senses = [True, False] if free else [self.direction != "reversed"]
        short = 0.0 if seam.closed else self.stop_short
        end = seam.length + (min(self.overlap, seam.length) if seam.closed else -short)
        return [
            self._toolpath(weld(seam, aim, start + short, start + end, forward=forward))
            for start in starts
            for forward in senses
        ]

    def _tacks(self, seam: Seam, name: str, key: Key, tack: Tack) -> list[Operation]:
        size = min(tack.length, seam.length)
        span = seam.length if seam.closed else seam.length - size
        n = max(1, -int(-span // tack.every)) if span > 0 else 0
        starts = [span * k / max(n, 1) for k in range(n if seam.closed else n + 1)]
        plain = self.model_copy(update={"weave": None, "lead_in": 0.0, "lead_out": 0.0})
        return [
            _operation(
                f"{name}_tack_{i + 1}",
                key,
                seam,
                [plain._toolpath(weld(seam, plain.aim(), s, s + size, forward=forward)) for forward in (True, False)],
            )
            for i, s in enumerate(starts)
        ]

    def _toolpath(self, process: Sequence[Segment]) -> Toolpath:
        segments = with_ways(process, self.aim())
        first = next(i for i, segment in enumerate(segments) if segment.role == "process")
        last = first + len(process) - 1
        schedule = {} if self.schedule is None else self.schedule.model_dump(exclude_none=True)
        values = {name: float(value) for name, value in schedule.items()}
        events = [Event(kind="process_on", segment=first, when="start", values=values)]
        if self.weave is not None:
            swing: dict[str, float | str] = dict(self.weave.model_dump())
            events.append(Event(kind="weave_on", segment=first, when="start", values=swing))
            events.append(Event(kind="weave_off", segment=last, when="end"))
        events.append(Event(kind="process_off", segment=last, when="end"))
        freedom = Freedom(lower=self.turn.lower, upper=self.turn.upper)
        return Toolpath(frame="part", segments=segments, freedom=freedom, events=tuple(events))


def _operation(name: str, key: Key, seam: Seam, ways: Sequence[Toolpath]) -> Operation:
    bodies = tuple(dict.fromkeys(f"part.{body}" for body in seam.bodies))
    return Operation(name=name, key=key, alternatives=tuple(ways), process="arc_weld", contact=bodies)


def _check_angle(task: ArcWeld, seam: Seam) -> None:
    if task.work_angle is not None and task.work_angle >= seam.opening - 0.05:
        raise CellwrightError(
            f"the work angle {deg(task.work_angle):.0f} deg lies outside of the joint: {seam.name} opens by "
            f"{deg(seam.opening):.0f} deg",
            fix=f"write `work_angle: auto` ({deg(seam.opening) / 2:.0f} deg)",
        )
    if not seam.closed and 2 * task.stop_short > seam.length - 1e-3:
        raise CellwrightError(
            f"nothing of {seam.name} is left: it is {mm(seam.length):.1f} mm long and stops short of both ends by "
            f"{mm(task.stop_short):.1f} mm",
            fix="make `stop_short` smaller for this seam",
        )
    if task.tack is not None and task.tack.length > seam.length:
        raise CellwrightError(
            f"a tack of {mm(task.tack.length):.1f} mm is longer than {seam.name}, {mm(seam.length):.1f} mm",
            fix="shorten the tacks, or leave them out for this seam",
        )


def _unused(name: str, taken: Sequence[str]) -> str:
    names = (name if n == 1 else f"{name}_{n}" for n in range(1, len(taken) + 2))
    return next(candidate for candidate in names if candidate not in taken)

"""What an arc welding task asks of the torch: laws of its toolpaths, and what it says about bad input."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pieces import assembled, moved, plate, prism, tube
from pydantic import ValidationError

from cellwright.errors import JobError, Where
from cellwright.geometry import pose, turn
from cellwright.processes import PROCESSES, ArcWeld
from cellwright.processes.seams import find_seams
from cellwright.processes.torch import seam_poses
from cellwright.processes.work import length, poses

BASE = plate((-100, 100), (-60, 60), (0, 10))
PART = assembled(BASE, plate((-80, 80), (-40, -32), (10, 60)), tube((40, 10), (16, 20), (10, 80)))
CURVE = assembled(BASE, prism([(-40, -20), (40, -20), (40, 20), (-40, 20)], (10, 60)))
MESH = PART.__class__(
    file=PART.file, exact=False, unit="mm", tolerance=1e-4, solids=PART.solids, faces=(), edges=(), findings=()
)
SEAMS = find_seams(PART)


def task(**values) -> ArcWeld:
    return ArcWeld.model_validate({"kind": "arc_weld", "speed": "8 mm/s"} | values)


def test_every_offered_seam_becomes_an_operation_with_its_place_in_the_job():
    work = task().work(PART, ("tasks", 3))

    assert [operation.name for operation in work.operations] == ["seam_1", "seam_2", "seam_3"]
    assert {operation.key for operation in work.operations} == {("tasks", 3, "seams")}
    assert {operation.contact for operation in work.operations} == {("part.s2", "part.s1"), ("part.s3", "part.s1")}
    assert work.precedence == ()


@settings(max_examples=12, deadline=None)
@given(push=st.integers(-40, 40), work_angle=st.one_of(st.just("auto"), st.integers(15, 80).map(lambda a: f"{a} deg")))
def test_the_wire_points_into_the_joint_and_leans_along_the_travel(push, work_angle):
    chosen = task(push_angle=f"{push} deg", work_angle=work_angle)
    for operation in chosen.work(PART).operations:
        seam = next(seam for seam in SEAMS if seam.name == operation.name)
        for toolpath in operation.alternatives:
            for segment in (s for s in toolpath.segments if s.role == "process"):
                part_T_tcp = poses(segment, np.linspace(0, 1, 9))
                rotation = part_T_tcp[:, :3, :3]
                np.testing.assert_allclose(np.swapaxes(rotation, 1, 2) @ rotation, [np.eye(3)] * 9, atol=1e-9)
                np.testing.assert_allclose(np.linalg.det(rotation), 1.0, atol=1e-9)
                steps = np.diff(poses(segment, np.linspace(0, 1, 2001))[:, :3, 3], axis=0)[:: 2000 // 8]
                ahead = steps / np.linalg.norm(steps, axis=1, keepdims=True)
                lean = np.degrees(np.arcsin((rotation[:8, :, 2] * ahead).sum(1)))
                np.testing.assert_allclose(lean, push, atol=0.1)
                # outside of the material on either side: away from both surfaces
                up = seam.stretches[0].normals[1, 0]
                assert (rotation[:, :, 2] @ up < 0).all()
                if work_angle != "auto" and push == 0:
                    raised = np.degrees(np.arcsin(-(rotation[:, :, 2] @ up)))
                    np.testing.assert_allclose(raised, float(work_angle.split()[0]), atol=1e-6)


def test_half_the_opening_is_the_work_angle_that_is_meant_by_auto():
    for part_T_tcp in seam_poses(find_seams(PART)[0], task().aim()):
        np.testing.assert_allclose(-part_T_tcp[2, 2], np.cos(np.pi / 4), atol=1e-12)


@pytest.mark.parametrize("part", [PART, CURVE], ids=["plate and tube", "block"])
def test_segments_join_end_to_start_from_approach_to_retract(part):
    for operation in task(lead_in="5 mm", lead_out="3 mm", push_angle="10 deg").work(part).operations:
        for toolpath in operation.alternatives:
            segments = toolpath.segments
            roles = [segment.role for segment in segments]
            assert roles[:2] == ["approach", "lead_in"]
            assert roles[-2:] == ["lead_out", "retract"]
            assert set(roles[2:-2]) == {"process"}
            for one, other in pairwise(segments):
                np.testing.assert_allclose(one.frame_T_end, other.frame_T_start, atol=1e-9)
            assert length(segments[0]) == pytest.approx(0.06)
            assert length(segments[1]) == pytest.approx(0.005)
            on, off = toolpath.events
            assert (on.kind, on.segment, on.when) == ("process_on", 2, "start")
            assert (off.kind, off.segment, off.when) == ("process_off", len(segments) - 3, "end")


def test_the_other_direction_is_the_same_line_run_back():
    for operation in task().work(PART).operations:
        forward, back = operation.alternatives[:2]
        ways = [
            np.concatenate([poses(s, np.linspace(0, 1, 50))[:, :3, 3] for s in path.segments if s.role == "process"])
            for path in (forward, back)
        ]
        np.testing.assert_allclose(ways[0], ways[1][::-1], atol=1e-9)


def test_arcs_keep_the_tip_on_the_circle_and_the_torch_at_one_angle():
    (operation,) = task(overlap="5 mm").work(assembled(BASE, tube((20, 10), (16, 20), (10, 80)))).operations
    process = [segment for segment in operation.alternatives[0].segments if segment.role == "process"]

    assert sum(map(length, process)) == pytest.approx(2 * np.pi * 0.020 + 0.005, abs=1e-6)
    assert len(operation.alternatives) == 8
    for segment in process:
        part_T_tcp = poses(segment, np.linspace(0, 1, 33))
        out = part_T_tcp[:, :3, 3] - [0.020, 0.010, 0.010]
        np.testing.assert_allclose(np.linalg.norm(out, axis=1), 0.020, atol=1e-9)
        np.testing.assert_allclose((part_T_tcp[:, :3, 2] * out).sum(1) / 0.020, -np.cos(np.pi / 4), atol=1e-9)
        np.testing.assert_allclose(part_T_tcp[:, 2, 2], -np.cos(np.pi / 4), atol=1e-9)


def test_the_way_moves_with_the_part():
    new_T_old = pose((0.3, -0.2, 1.0), turn(np.array([1.0, 2.0, 2.0]) / 3, 1.1))
    for one, other in zip(task().work(PART).operations, task().work(moved(PART, new_T_old)).operations, strict=True):
        for a, b in zip(one.alternatives, other.alternatives, strict=True):
            for s, t in zip(a.segments, b.segments, strict=True):
                np.testing.assert_allclose(new_T_old @ s.frame_T_start, t.frame_T_start, atol=2e-5)


def test_the_same_task_says_the_same_twice():
    one, other = (task(tack={"length": "10 mm", "every": "60 mm"}).work(PART) for _ in range(2))

    for a, b in zip(one.operations, other.operations, strict=True):
        assert (a.name, a.key) == (b.name, b.key)
        for s, t in zip(a.alternatives[0].segments, b.alternatives[0].segments, strict=True):
            assert s.frame_T_end.tobytes() == t.frame_T_end.tobytes()


def test_a_seam_keeps_its_own_values():
    listed = [{"seam": "seam_2", "speed": "5 mm/s", "direction": "given"}, {"seam": "seam_1", "stop_short": "20 mm"}]
    work = task(seams=listed, order="given", schedule={"job": 3, "current": "220 A"}).work(PART)

    first, second = work.operations
    assert [first.key, second.key] == [("seams", 0), ("seams", 1)]
    assert work.precedence == ((0, 1),)
    assert len(first.alternatives) == 1
    assert first.alternatives[0].segments[1].speed == pytest.approx(0.005)
    assert second.alternatives[0].segments[1].speed == pytest.approx(0.008)
    assert length(second.alternatives[0].segments[1]) == pytest.approx(0.12, abs=1e-6)
    assert dict(first.alternatives[0].events[0].values) == {"job": 3, "current": 220}


def test_tacks_come_before_every_seam():
    work = task(tack={"length": "10 mm", "every": "60 mm"}).work(PART)
    tacks = [i for i, operation in enumerate(work.operations) if "_tack_" in operation.name]
    welds = [i for i in range(len(work.operations)) if i not in tacks]

    assert len(welds) == 3
    assert set(work.precedence) == {(i, j) for i in tacks for j in welds}
    # 150 mm between the first start and the last, at most 60 mm apart: four; the circle of 126 mm: three
    assert len(tacks) == 4 + 4 + 3


def test_weaving_starts_and_ends_with_the_arc():
    toolpath = task(weave={"amplitude": "2 mm", "frequency": "2 Hz"}).work(PART).operations[0].alternatives[0]

    assert [event.kind for event in toolpath.events] == ["process_on", "weave_on", "weave_off", "process_off"]
    assert dict(toolpath.events[1].values) == {"shape": "zigzag", "amplitude": 0.002, "frequency": 2.0}


def test_an_edge_and_points_name_the_same_seam_as_its_name():
    seam = find_seams(PART)[0]
    start, end = (dict(zip("xyz", (f"{v} m" for v in p), strict=True)) for p in seam.stretches[0].way.points)
    named, edge, taught = (
        task(seams=[choice], direction="given").work(PART).operations[0].alternatives[0].segments
        for choice in ({"seam": seam.name}, {"edge": seam.edges[0]}, {"points": [start, end]})
    )
    for a, b, c in zip(named, edge, taught, strict=True):
        np.testing.assert_allclose(a.frame_T_end, b.frame_T_end, atol=1e-12)
        np.testing.assert_allclose(a.frame_T_end, c.frame_T_end, atol=1e-9)


def test_points_on_a_mesh_take_the_torch_from_the_surface_or_from_a_normal():
    points = [{"x": "-50 mm", "y": "30 mm", "z": "10 mm"}, {"x": "0 mm", "y": "30 mm", "z": "10 mm"}]
    flat = task(seams=[{"points": points}]).work(MESH).operations[0].alternatives[0].segments[1]
    told = task(seams=[{"points": points, "normal": {"y": -1, "z": 1}}]).work(MESH).operations[0]

    np.testing.assert_allclose(flat.frame_T_start[:3, 2], [0, 0, -1], atol=1e-9)
    z = told.alternatives[0].segments[1].frame_T_start[:3, 2]
    np.testing.assert_allclose(z, np.array([0, 1, -1]) / np.sqrt(2), atol=1e-9)


@pytest.mark.parametrize(
    ("part", "choice", "problem", "fix"),
    [
        (PART, {"seam": "seam_33"}, "no seam 'seam_33'", "did you mean seam_3"),
        (PART, {"seam": "joint"}, "no seam 'joint'", "known: seam_1, seam_2"),
        (PART, {"edge": "e999"}, "no edge 'e999'", "did you mean"),
        (PART, {"edge": "e2"}, "bounds no joint", "points"),
        (PART, {"seam": "seam_1", "work_angle": "120 deg"}, "outside of the joint", "work_angle: auto"),
        (PART, {"seam": "seam_1", "stop_short": "90 mm"}, "nothing of seam_1 is left", "smaller"),
        (PART, {"points": [{}, {}]}, "points 0 and 1 of the seam are the same", "leave one of them out"),
        (PART, {"points": [{"z": "1 m"}, {"x": "9 mm", "z": "1 m"}]}, "no surface of the part", "add `normal"),
        (PART, {"points": [{}, {"x": "9 mm"}], "normal": {"x": 1}}, "runs along the seam", "across"),
        (MESH, {"seam": "seam_1"}, "a mesh has no named edges", "points"),
    ],
)
def test_a_seam_that_cannot_be_welded_is_told_with_its_place_and_the_way_out(part, choice, problem, fix):
    def where(*key):
        return Where(PART.file, 7, ".".join(map(str, key)))

    with pytest.raises(JobError) as caught:
        task(seams=[{"points": [{"z": "10 mm"}, {"x": "9 mm", "z": "10 mm"}]}, choice]).work(part, ("tasks", 0), where)
    (error,) = caught.value.problems
    assert problem in error.problem
    assert fix in error.fix
    assert error.where is not None
    assert error.where.key == "tasks.0.seams.1"


def test_every_wrong_seam_is_told_at_once():
    with pytest.raises(JobError) as caught:
        task(seams=[{"seam": "a"}, {"seam": "seam_1"}, {"edge": "b"}]).work(PART)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("part", [assembled(BASE), MESH], ids=["one plate", "mesh"])
def test_nothing_to_weld_is_said(part):
    with pytest.raises(JobError, match=r"no seam|mesh has no edges"):
        task().work(part)


@pytest.mark.parametrize(
    "values",
    [
        {"speed": "9 m/s"},
        {"speed": "8"},
        {"push_angle": "80 deg"},
        {"work_angle": "5 deg"},
        {"stick_out": "200 mm"},
        {"turn": {"from": "90 deg", "to": "-90 deg"}},
        {"approach": "0 mm"},
        {"lead_in": "-5 mm"},
        {"direction": "backwards"},
        {"order": "random"},
        {"weave": {"amplitude": "2 mm", "frequency": "500 Hz"}},
        {"schedule": {"job": 1.5}},
        {"schedule": {"current": "-3 A"}},
        {"seams": []},
        {"seams": "all"},
        {"seams": [{}]},
        {"seams": [{"seam": "seam_1", "edge": "e1"}]},
        {"seams": [{"seam": "seam_1", "normal": {"z": 1}}]},
        {"seams": [{"points": [{}, {"x": "1 mm"}], "normal": {}}]},
        {"colour": "red"},
    ],
    ids=str,
)
def test_values_without_sense_are_refused(values):
    with pytest.raises(ValidationError):
        task(**values)


def test_the_table_holds_every_process_under_its_own_kind():
    for kind, block in PROCESSES.items():
        assert block.model_fields["kind"].annotation.__args__ == (kind,)

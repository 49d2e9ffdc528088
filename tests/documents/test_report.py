from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest

from cellwright.documents.amounts import amount, place
from cellwright.documents.cell_scene import FRAMES, cell_scene, frames_of
from cellwright.documents.layout import world_T_nodes
from cellwright.documents.markup import tag
from cellwright.documents.plots import thinned, ticks
from cellwright.documents.report import report
from cellwright.documents.scene import OPENING, bead, camera
from cellwright.documents.strokes import strokes
from cellwright.geometry import pose, turn_x, turn_z
from cellwright.kinematics.chain import base_T_flange


@pytest.fixture(scope="module")
def written():
    """Reports are asked for many times; each plan is written once."""
    kept: dict[int, str] = {}

    def write(plan, *programs) -> str:
        if id(plan) not in kept:
            kept[id(plan)] = report(plan, programs)["report.html"].decode()
        return kept[id(plan)]

    return write


class _Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_the_same_plan_gives_the_same_bytes(plan, program):
    assert report(plan, [program]) == report(plan, [program])


def test_nothing_outside_the_file_is_asked_for(plan, program, written):
    page = written(plan, program)
    elements = _Elements(page).found

    policy = next(a["content"] for t, a in elements if t == "meta" and "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert not [a for t, a in elements if "src" in a or (t != "a" and "href" in a)]
    assert all((a["href"] or "").startswith("#") for t, a in elements if t == "a")


def test_text_of_a_job_stays_text(hostile, program, written):
    elements = _Elements(written(hostile, program)).found

    assert [t for t, _ in elements].count("script") == 1
    assert not [t for t, a in elements if t == "img" or any(key.startswith("on") for key in a)]
    inner = next(a["srcdoc"] for t, a in elements if t == "iframe")
    assert inner is not None
    assert [t for t, _ in _Elements(inner).found].count("script") == 2


def test_the_headline_says_what_the_plan_says(plan, program, written):
    page = unescape(re.sub(r'srcdoc="[^"]*"', "", written(plan, program)))

    for said in ("bench", ">OK<", "3.12 mm", "tool.nozzle and part", "3 of 3", "not published", "judged on envelopes"):
        assert said in page


def test_an_error_of_a_program_counts_for_the_verdict(plan, program):
    from cellwright.findings import Finding

    wrong = replace(
        program.proof, findings=(Finding(code="proof", severity="error", what="axis 3 turns the other way"),)
    )

    page = report(plan, [replace(program, proof=wrong)])["report.html"].decode()

    assert ">NOT OK<" in page
    assert "axis 3 turns the other way" in page


def test_a_plan_without_strokes_or_programs_has_a_report(plan):
    bare = replace(plan, motion=replace(plan.motion, strokes=()), findings=(), tried=(), nearest=(), series={})

    assert b"0 of 3" in report(bare)["report.html"]


def test_strokes_follow_their_seams_at_the_asked_speed(plan):
    for stroke in strokes(plan):
        assert stroke.deviation.max() < 1e-9
        assert np.abs(stroke.speed / stroke.asked - 1).max() < 1e-3
        assert stroke.reversed == (stroke.operation == 1)


def test_a_motion_that_leaves_the_seam_is_measured(plan):
    q = plan.motion.q.copy()
    q[:, 0] += 1e-3  # about 1 m from the base axis: 1 mm sideways

    moved = strokes(replace(plan, motion=replace(plan.motion, q=q)))

    assert 5e-4 < max(s.deviation.max() for s in moved) < 1.5e-3


def test_the_robot_is_drawn_where_the_kinematics_puts_it(plan):
    scene = cell_scene(plan)
    cell = plan.cell

    world_T_flange = next(T for name, T in world_T_nodes(scene).items() if name.endswith("/flange"))

    wanted = cell.world_T_base @ base_T_flange(cell.robot.chain, plan.motion.q[0])
    assert world_T_flange == pytest.approx(wanted, abs=1e-9)
    assert scene.t[0] == 0
    assert scene.t[-1] == pytest.approx(plan.motion.t[-1])


@pytest.mark.parametrize("seconds", [0.01, 5.0, 600.0])
def test_frames_rise_from_start_to_end_and_are_few(seconds):
    t = np.linspace(0, seconds, 400)
    q = np.stack([np.where(t < seconds / 2, 0.0, t), np.cos(t)], -1)

    at, shown = frames_of(t, q)

    assert (np.diff(at) >= 0).all()
    assert at[[0, -1]] == pytest.approx([0, seconds])
    assert shown[[0, -1]] == pytest.approx(q[[0, -1]])
    assert len(at) <= FRAMES


def test_the_camera_sees_every_point():
    points = np.random.default_rng(5).uniform(-1, 2, (200, 3)) * [3.0, 1.0, 0.5]

    centre, eye = camera(points, (1.0, -0.7, 0.4), aspect=1.5)

    back = (eye - centre) / np.linalg.norm(eye - centre)
    right = np.cross([0, 0, 1], back) / np.linalg.norm(np.cross([0, 0, 1], back))
    ahead = (eye - points) @ back
    assert (ahead > 0).all()
    assert (np.abs((points - eye) @ right) <= ahead * np.tan(OPENING / 2) * 1.5).all()
    assert (np.abs((points - eye) @ np.cross(back, right)) <= ahead * np.tan(OPENING / 2)).all()


def test_a_bead_is_its_radius_away_from_its_line():
    solid = bead("b", np.array([[0, 0, 0], [1.0, 0, 0]]), 0.01, (0, 0, 0))

    assert np.linalg.norm(solid.mesh.vertices[:, 1:], axis=-1) == pytest.approx(0.01)


def test_figures_are_in_the_units_people_use():
    assert amount(0.0123, "m") == "12.30 mm"
    assert amount(np.pi, "rad") == "180.00°"
    assert amount(-1e-9, "m") == "0.00 mm"
    assert amount(None, "m") == amount(float("nan"), "s") == "-"
    assert amount(float("inf"), "rad/s") == "no limit"
    assert place(pose((1.2, 0, 0.5), turn_z(np.pi / 2))) == "x 1200, y 0, z 500 mm, turned 90.0°, standing"
    assert place(pose((0, 0, 3), turn_x(np.pi))).endswith("hanging")


def test_ticks_are_round_inside_and_not_too_many():
    for low, high in [(0, 1), (-173.2, 12.1), (1e-5, 3e-5), (7.99, 8.01)]:
        found = ticks(low, high, 6)
        assert 2 <= len(found) <= 7
        assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in found)


def test_thinning_keeps_the_extremes():
    x = np.arange(10_000.0)
    y = np.sin(x / 500)
    y[4321] = 7.0

    _, kept = thinned(x, y)

    assert kept.max() == 7.0
    assert len(kept) < 1300


def test_markup_escapes_children_and_attributes():
    assert tag("a", "<b>", tag("i", "x"), title='"&') == '<a title="&quot;&amp;">&lt;b&gt;<i>x</i></a>'

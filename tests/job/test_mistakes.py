"""Every mistake in a job file is told with its line, its key and the way out."""

from pathlib import Path

import pytest

from cellwright.errors import JobError
from cellwright.job.loading import load_job

from .conftest import GOOD

JARGON = ("Input should", "pydantic", "http", "Value error", "NoneType", "union", "Traceback", "dict", "tuple")

EDITS = [
    # (what stands in the good job, what stands there instead, line, key, a part of the problem, a part of the fix)
    ("name: bracket", "name: 12", 1, "name", "12 is not a text", "in quotes"),
    ("name: bracket", 'name: "a\\e[31mb"', 1, "name", "is no name", "letters and digits"),
    ("name: bracket", "name:", 1, "name", "nothing is not a text", "write a text"),
    ("name: bracket\n", "", 1, "name", "is missing", "add `name: bracket`"),
    ("takt: 180 s", "takt: 180", 3, "takt", "180 has no unit", "write 180 s"),
    ("takt: 180 s", "takt: 0 s", 3, "takt", "too small", "more than 0 s"),
    ("takt: 180 s", "takt: .inf", 3, "takt", "inf is not a finite time", "one of s, ms, min, h"),
    ("takt: 180 s", "takt: 1:30", 3, "takt", "'1:30' is not a time", "one of s"),
    ("takt: 180 s", "takt: !!python/object/apply:os.system [ls]", 3, "takt", "python/object", "plain values"),
    ("takt: 180 s", "tackt: 180 s", 3, "tackt", "no such key", "did you mean takt?"),
    ("market: eu", "market: eu\nmarket: us", 3, "market", "first on line 2", "delete one"),
    ("market: eu", "market: [eu]", 2, "market", "a list is not a text", "write a text"),
    ("parts/bracket.step", "parts/braket.step", 5, "part.file", "no such file", "did you mean bracket.step?"),
    ("parts/bracket.step", "../elsewhere.stl\n  unit: mm", 5, "part.file", "outside", "allow_outside: true"),
    ("parts/bracket.step", "/etc/passwd.step", 5, "part.file", "outside", "copy it into"),
    ("parts/bracket.step", "parts", 5, "part.file", "no reader for 'parts'", ".step"),
    ("parts/bracket.step", "bracket.sldprt", 5, "part.file", "no reader for '.sldprt'", ".step, .stp"),
    ("parts/bracket.step", '"a\\0.step"', 5, "part.file", "names no file", "the file's name"),
    (
        "parts/bracket.step",
        "parts/bracket.step\n  unit: mm",
        6,
        "part.unit",
        "say their unit take one",
        "delete `unit`",
    ),
    ("at: {z: 750 mm}", "at: {z: 750}", 6, "part.at.z", "750 has no unit", "write 750 mm"),
    ("at: {z: 750 mm}", "at: {zz: 750 mm}", 6, "part.at.zz", "no such key", "did you mean z?"),
    ("at: {z: 750 mm}", "at: here", 6, "part.at", "'here' is not known here", "write auto"),
    ("at: {z: 750 mm}", "at: {z: 7.5e9 m}", 6, "part.at.z", "too large", "at most"),
    ("kuka/KR8-R2100-2-arc-HW", "automatic", 7, "robot", "names no robot", "`auto`"),
    ("kuka/KR8-R2100-2-arc-HW", "KR8", 7, "robot", "names no robot", "brand/model"),
    ("kuka/KR8-R2100-2-arc-HW", "robots/arn.urdf", 7, "robot", "no such file", "did you mean arm.urdf?"),
    ("base: auto", "base: {mount: roof}", 8, "base.mount", "'roof' is not known", "floor, pedestal, wall, ceiling"),
    ("base: auto", "base: {mount: [floor, ceilin]}", 8, "base.mount.1", "'ceilin'", "did you mean ceiling?"),
    ("base: auto", "base: {mount: ceiling, x: 1 m}", 8, "base.z", "height of the ceiling", "add `z: 500 mm`"),
    ("base: auto", "base: {x: 1 m}", 8, "base.mount", "is missing", "add `mount: pedestal`"),
    ("base: auto", "base: 5", 8, "base", "not a block of keys", "key: value"),
    ("base: auto", "branch: 8", 8, "branch", "8 is too large", "at most 7"),
    ("base: auto", "branch: true", 8, "branch", "true is not a whole number", "whole number"),
    ("45 deg, 0 deg]", "45, 0 deg]", 9, "home.4", "45 has no unit", "write 45 deg"),
    ("45 deg, 0 deg]", ".nan, 0 deg]", 9, "home.4", "nan is not a finite angle", "rad, deg"),
    ("clearance: 10 mm", "clearance: -10 mm", 10, "clearance", "'-10 mm' is too small", "at least 0 mm"),
    ("clearance: 10 mm", "clearance: 1,5 mm", 10, "clearance", "'1,5 mm' is not a length", "write 1.5 mm"),
    ("clearance: 10 mm", "clearance: 10 MM", 10, "clearance", "no unit of a length", "did you mean mm?"),
    ("  name: torch", "  nmae: torch", 12, "tool.nmae", "no such key", "did you mean name?"),
    ("tcp: {z: 360 mm, ", "tcp: {z: 360 mm/s, ", 13, "tool.tcp.z", "is a speed, not a length", "one of m, cm"),
    ("pitch: 45 deg}", "pitch: 45 deg, z: 3 mm}", 13, "tool.tcp.z", "first on line 13", "delete one"),
    ("{name: wire,", "{name: neck,", 16, "tool.bodies.1.name", "'neck' is taken", "another name"),
    ("radius: 14 mm", "radius: 0 mm", 15, "tool.bodies.0.capsule.radius", "too small", "at least 0.1 mm"),
    ("from: {z: 80 mm}, ", "", 15, "tool.bodies.0.capsule.from", "is missing", "from: {z: 80 mm}"),
    ("working: true", "working: 'yes'", 16, "tool.bodies.1.working", "not true or false", "write true or false"),
    (
        "working: true",
        "working: true, box: {x: 1 mm, y: 1 mm, z: 1 mm}",
        16,
        "tool.bodies.1.cylinder",
        "second",
        "body of its own",
    ),
    ("kind: fixture, ", "kind: fixtur, ", 18, "obstacles.0.kind", "'fixtur'", "did you mean fixture?"),
    ("box: {x: 1200 mm, y: 800 mm, z: 40 mm}, ", "", 18, "obstacles.0", "has no shape", "add one of box"),
    (
        "box: {x: 1200 mm, y: 800 mm, z: 40 mm}",
        "box: [1200 mm]",
        18,
        "obstacles.0.box",
        "a list is not a block",
        "key: value",
    ),
    ("name: table", "name: floor", 18, "obstacles.0.name", "'floor' is taken", "another name"),
    ("name: table", "name: part.s1", 18, "obstacles.0.name", "has a dot", "write part_s1"),
    ("name: jig", "name: table", 19, "obstacles.1.name", "'table' is taken", "another name"),
    ("    unit: mm\n", "", 19, "obstacles.1.unit", ".stl files do not say their unit", "add `unit: mm`"),
    ("unit: mm", "unit: inch", 21, "obstacles.1.unit", "'inch' is not known", "did you mean in?"),
    ("mesh: jig.stl", "mesh: jig.step", 20, "obstacles.1.mesh", "no reader for '.step'", ".stl"),
    ("  - kind: arc_weld\n    seams: auto\n    speed: 8 mm/s", "  []", 22, "tasks", "too short", "at least 1 item"),
    ("kind: arc_weld", "kind: arc_wield", 23, "tasks.0.kind", "'arc_wield'", "arc_weld"),
    ("speed: 8 mm/s", "speed: 8", 25, "tasks.0.speed", "8 has no unit", "write 8 mm/s"),
    ("speed: 8 mm/s", "speed: fast", 25, "tasks.0.speed", "'fast' is not a speed", "one of m/s"),
    ("speed: 8 mm/s", "speed: 8 mm/s\nallow_outside: yes", 26, "allow_outside", "'yes'", "true or false"),
    ("market: eu", "<<: {market: eu}", 2, "<<", "merge keys", "write the keys out"),
    ("market: eu", "? [a, b]\n: 3", 2, "", "single word", "key: value"),
    ("market: eu", "market: *nobody", 2, "market", "*nobody refers to nothing", "&nobody"),
    ("market: eu", "via: [{q: []}]", 2, "via.0.q", "too short", "at least 1 item"),
    ("takt: 180 s", "\ttakt: 180 s", 3, "", "a tab", "indent with spaces"),
    ("takt: 180 s", "takt: 'open", 26, "", "not YAML", "quotes"),
    ("takt: 180 s", "takt: [180 s]]", 3, "", "not YAML", "brackets"),
    ("takt: 180 s", "takt: a: b", 3, "", "not YAML", "colons"),
    ("takt: 180 s", "---\ntakt: 180 s", 3, "", "second document", "one job in a file"),
    ("takt: 180 s", "takt: \x07", 3, "", "a character", "delete it"),
]


def problems(text: str | bytes, folder: Path) -> list[tuple[int, str, str, str]]:
    file = folder / "job.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(JobError) as caught:
        load_job(file)
    assert not any(word in str(caught.value) for word in JARGON), str(caught.value)
    assert str(caught.value).isprintable() or "\n" in str(caught.value)
    found = [(p.where, p.problem, p.fix) for p in caught.value.problems]
    assert all(where is not None and where.file == file for where, _, _ in found)
    return [(where.line, where.key, what, fix) for where, what, fix in found if where is not None]


@pytest.mark.parametrize(("old", "new", "line", "key", "what", "fix"), EDITS)
def test_one_mistake_is_one_problem_with_its_place_and_the_way_out(
    folder: Path, old: str, new: str, line: int, key: str, what: str, fix: str
) -> None:
    assert GOOD.count(old) == 1

    found = [p for p in problems(GOOD.replace(old, new), folder) if "`name: bracket`" not in p[3] or key == "name"]

    assert len([p for p in found if p[:2] == (line, key)]) == 1, found
    told = next(p for p in found if p[:2] == (line, key))
    assert what in told[2]
    assert fix in told[3]


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        (b"", 1, "the file is empty"),
        (b"\n  \n", 1, "the file is empty"),
        (b"# only a comment\n", 1, "nothing but comments"),
        (b"- a\n- b\n", 1, "a job is a block of keys"),
        (b"bracket", 1, "a job is a block of keys"),
        (b"name: a\nmarket: \xff\n", 2, "byte 0xff is not UTF-8"),
        ("name: a\n".encode("utf-16"), 1, "is not UTF-8"),
        (b"name: [" * 2000, 1, "more than 32 blocks"),
        (b"#" * 1_000_001, 0, "more than 1 MB"),
        (b"name: [" + b"a," * 30_000 + b"]", 1, "more than 20000 values"),
        (b"\x89PNG\r\n\x1a\n", 1, "is not UTF-8"),
    ],
)
def test_what_is_no_job_file_at_all_is_told_in_one_sentence(folder: Path, content: bytes, line: int, what: str) -> None:
    found = problems(content, folder)

    assert len(found) == 1
    assert found[0][0] == line
    assert what in found[0][2]
    assert found[0][3]


def test_aliases_that_would_fill_the_memory_are_counted_not_written_out(folder: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 20)]

    found = problems("\n".join(lines), folder)

    assert "more than 20000 values" in found[-1][2]


def test_an_alias_to_the_block_it_stands_in_is_refused(folder: Path) -> None:
    found = problems("name: &a [*a]\n", folder)

    assert any("*a refers to nothing above it" in what for _, _, what, _ in found)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_lines(folder: Path) -> None:
    text = GOOD
    for old, new in [
        ("180 s", "180"),
        ("braket.step", "bracket.step"),
        ("base: auto", "base: {mount: roof, x: 3}"),
        ("z: 360 mm", "z: 360"),
        ("{name: wire, working: true, ", "{name: neck, sphere: {radius: -1 mm}, "),
        ("speed: 8 mm/s", "sped: 8 mm/s"),
    ]:
        text = text.replace(old, new)

    found = problems(text, folder)

    assert [(line, key) for line, key, _, _ in found] == [
        (3, "takt"),
        (8, "base.mount"),
        (8, "base.x"),
        (13, "tool.tcp.z"),
        (16, "tool.bodies.1.name"),
        (16, "tool.bodies.1.sphere"),
        (16, "tool.bodies.1.sphere.radius"),
        (23, "tasks.0.speed"),
        (25, "tasks.0.sped"),
    ]


def test_a_link_that_leads_out_of_the_folder_is_outside(folder: Path) -> None:
    (folder / "linked.stl").symlink_to(folder.parent / "elsewhere.stl")

    found = problems(GOOD.replace("mesh: jig.stl", "mesh: linked.stl"), folder)

    assert found == [(20, "obstacles.1.mesh", "'linked.stl' lies outside of the job's folder", found[0][3])]
    assert "allow_outside: true" in found[0][3]


def test_a_link_to_itself_ends_in_a_sentence(folder: Path) -> None:
    (folder / "loop.stl").symlink_to(folder / "loop.stl")

    found = problems(GOOD.replace("mesh: jig.stl", "mesh: loop.stl"), folder)

    assert [(line, key) for line, key, _, _ in found] == [(20, "obstacles.1.mesh")]


def test_a_missing_job_file_and_a_folder_are_told(folder: Path) -> None:
    for file, what in [(folder / "none.yaml", "no such file"), (folder, "is a folder")]:
        with pytest.raises(JobError, match=what):
            load_job(file)


TORCH = """\
name: torch
tcp: {z: 360 mm}
bodies:
  - {name: neck, mesh: neck.stl, unit: mm}
"""


def test_a_mistake_in_the_tools_own_file_is_told_with_that_files_line(folder: Path) -> None:
    (folder / "tools").mkdir()
    (folder / "tools" / "torch.yaml").write_text(TORCH.replace("360 mm", "360"))
    start, end = GOOD.index("tool:"), GOOD.index("obstacles:")
    (folder / "job.yaml").write_text(GOOD[:start] + "tool: {file: tools/torch.yaml}\n" + GOOD[end:])

    with pytest.raises(JobError) as caught:
        load_job(folder / "job.yaml")

    told = {(p.where.file.name, p.where.line, p.where.key) for p in caught.value.problems if p.where}
    assert told == {("torch.yaml", 2, "tool.tcp.z"), ("torch.yaml", 4, "tool.bodies.0.mesh")}


def test_a_tool_file_that_is_absent_or_broken_is_one_problem(folder: Path) -> None:
    start, end = GOOD.index("tool:"), GOOD.index("obstacles:")
    for content, line, what in [(None, 11, "no such file"), ("a: [", 11, "not YAML"), ("5", 11, "a tool is a block")]:
        if content is not None:
            (folder / "torch.yaml").write_text(content)
        (folder / "job.yaml").write_text(GOOD[:start] + "tool: {file: torch.yaml}\n" + GOOD[end:])
        with pytest.raises(JobError) as caught:
            load_job(folder / "job.yaml")
        assert len(caught.value.problems) == 1
        assert what in caught.value.problems[0].problem
        assert line

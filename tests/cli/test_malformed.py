"""Whatever the input is, the command line ends with a sentence, the file's name and the way out, never a traceback."""

import json
import re
import struct
from pathlib import Path

import pytest

from small_job import EXAMPLES, SMALL

from .conftest import Run

STEP = (EXAMPLES / "parts" / "bracket.step").read_bytes()
EMPTY = b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n"
LINK = '<link name="base_link"/><link name="a"/><link name="b"/>'
JOINT = '<joint name="{n}" type="revolute"><parent link="{p}"/><child link="{c}"/><axis xyz="0 0 1"/>{rest}</joint>'
LIMIT = '<limit lower="-1" upper="1" velocity="1" effort="1"/>'
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + ']><robot name="&j;"/>'
)
FOREIGN = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]><robot name="&a;"/>'
ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


def joint(name: str = "j", parent: str = "base_link", child: str = "a", rest: str = LIMIT) -> str:
    return JOINT.format(n=name, p=parent, c=child, rest=rest)


def robot(inside: str) -> str:
    return f'<robot name="r">{inside}</robot>'


JOBS = {
    "empty": "",
    "blanks": " \n\n",
    "comments": "# nothing\n",
    "truncated": SMALL[: len(SMALL) // 2],
    "truncated in a brace": SMALL[: SMALL.index("yaw")],
    "a list": "- 1\n- 2\n",
    "a word": "job\n",
    "not utf-8": SMALL.encode("utf-16"),
    "zeros": bytes(1000),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "two megabytes": "# " + "x" * 2_000_000,
    "aliases": ALIASES,
    "nested": "[" * 5000,
    "braces": "{a: " * 5000,
    "a duplicate key": SMALL + "name: again\n",
    "a tab": SMALL.replace("    seams:", "\tseams:"),
    "a tag": SMALL.replace("name: small", "name: !!python/object/apply:os.system [id]"),
    "control characters": SMALL.replace("name: small", 'name: "\\e[2J"'),
    "an unknown key": SMALL + "speeed: 3 mm/s\n",
    "a bare number": SMALL.replace("8 mm/s", "8"),
    "another quantity": SMALL.replace("8 mm/s", "8 kg"),
    "NaN": SMALL.replace("8 mm/s", ".nan"),
    "NaN with a unit": SMALL.replace("x: 1275 mm", "x: nan mm"),
    "a huge number": SMALL.replace("x: 1275 mm", "x: 1e308 mm"),
    "a number without end": SMALL.replace("x: 1275 mm", f"x: {'9' * 4000} mm"),
    "a huge mass": SMALL.replace("3 kg", "1e308 kg"),
    "a negative length": SMALL.replace("length: 15 mm", "length: -15 mm"),
    "no task": SMALL.partition("tasks:")[0] + "tasks: []\n",
    "no tool": SMALL.partition("tool:")[0] + "tasks:" + SMALL.partition("tasks:")[2],
    "an unknown process": SMALL.replace("arc_weld", "laser_weld"),
    "an unknown robot": SMALL.replace("abb/IRB2600-12-1.65", "abb/IRB9999"),
    "an unknown brand": SMALL.replace("abb/IRB2600-12-1.65", "nobody/one"),
    "a robot that is no robot": SMALL.replace("abb/IRB2600-12-1.65", "wrong.urdf"),
    "an unknown seam": SMALL.replace("seam_3", "seam_999"),
    "an unknown edge": SMALL.replace("seam: seam_3", "edge: e99999"),
    "two points in one": SMALL.replace("seam: seam_3", "points: [{x: 1 mm}, {x: 1 mm}]"),
    "points far off the part": SMALL.replace("seam: seam_3", "points: [{x: 90 m}, {x: 91 m}]"),
    "a missing part": SMALL.replace("bracket.step", "absent.step"),
    "a part outside the folder": SMALL.replace("bracket.step", "../outside.step"),
    "an absolute part": SMALL.replace("bracket.step", "/etc/passwd.step"),
    "a part that is a folder": SMALL.replace("bracket.step", "folder.step"),
    "a part that is no part": SMALL.replace("bracket.step", "wrong.step"),
    "a part with a unit too many": SMALL.replace("file: bracket.step", "file: bracket.step, unit: mm"),
    "a mesh without a unit": SMALL.replace("bracket.step", "wrong.stl"),
    "a mesh that is no mesh": SMALL.replace("bracket.step", "wrong.stl, unit: mm"),
    "an obstacle that is no mesh": SMALL + "obstacles: [{name: jig, mesh: wrong.stl, unit: mm}]\n",
    "an obstacle that is no part": SMALL + "obstacles: [{name: jig, step: wrong.step}]\n",
    "a tool that is absent": SMALL.partition("tool:")[0] + "tool: {file: absent.yaml}\ntasks: [{kind: arc_weld}]\n",
    "a tool that is the job": SMALL.partition("tool:")[0] + "tool: {file: job.yaml}\ntasks: [{kind: arc_weld}]\n",
    "home with two joints": SMALL + "home: [0 deg, 0 deg]\n",
    "home beyond the limits": SMALL + "home: [0 deg, 0 deg, 0 deg, 0 deg, 0 deg, 9999 deg]\n",
}

URDFS = {
    "empty": "",
    "zeros": bytes(500),
    "a sentence": "not xml at all",
    "truncated": robot(LINK + joint())[:90],
    "a STEP file": STEP,
    "another root": "<arm/>",
    "laughs": LAUGHS,
    "a foreign entity": FOREIGN,
    "not utf-8": b'<?xml version="1.0" encoding="utf-8"?><robot name="\xff\xfe"/>',
    "no link": robot(""),
    "no joint": robot('<link name="base_link"/>'),
    "a link without a name": robot("<link/>" + LINK),
    "a link twice": robot(LINK + LINK + joint()),
    "a joint without a name": robot(LINK + joint().replace('name="j"', "")),
    "a parent that is absent": robot(LINK + joint(parent="nobody")),
    "a circle": robot(LINK + joint() + joint("k", "a", "b") + joint("l", "b", "base_link")),
    "its own child": robot(LINK + joint(parent="a")),
    "two roots": robot(LINK + joint(parent="a", child="b")),
    "huge limits": robot(LINK + joint(rest='<limit lower="-1e308" upper="1e308" velocity="1"/>')),
    "limits that are no numbers": robot(LINK + joint(rest='<limit lower="a" upper="nan" velocity="1"/>')),
    "limits that cross": robot(LINK + joint(rest='<limit lower="1" upper="-1" velocity="1"/>')),
    "a huge offset": robot(LINK + joint(rest=LIMIT + '<origin xyz="1e300 0 0"/>')),
    "no axis": robot(LINK + joint().replace("0 0 1", "0 0 0")),
    "a mesh that is absent": robot(
        LINK.replace('"a"/>', '"a"><collision><geometry><mesh filename="absent.stl"/></geometry></collision></link>')
        + joint()
        + joint("k", "a", "b")
    ),
    "a mesh outside": robot(
        LINK.replace(
            '"a"/>', '"a"><collision><geometry><mesh filename="../../../etc/passwd.stl"/></geometry></collision></link>'
        )
        + joint()
        + joint("k", "a", "b")
    ),
    "a mesh from afar": robot(
        LINK.replace(
            '"a"/>', '"a"><visual><geometry><mesh filename="https://example.org/a.stl"/></geometry></visual></link>'
        )
        + joint()
        + joint("k", "a", "b")
    ),
}

PARTS = {
    "empty.step": b"",
    "zeros.step": bytes(4000),
    "sentence.step": b"not a part",
    "head.step": STEP[:600],
    "half.step": STEP[: len(STEP) // 2],
    "no_end.step": STEP.replace(b"END-ISO-10303-21;", b""),
    "renamed.step": b"solid a\nendsolid a\n",
    "garbage.step": EMPTY.replace(b"DATA;\n", b"DATA;\n#1=NONSENSE(#2,#3);\n#2=#1;\n"),
    "nothing.step": EMPTY,
    "renamed.iges": STEP,
    "empty.iges": b"",
    "renamed.brep": STEP,
    "empty.stl": b"",
    "ascii.stl": b"solid nothing\nendsolid nothing\n",
    "count.stl": bytes(80) + struct.pack("<I", 4_000_000_000) + bytes(100),
    "none.stl": bytes(80) + struct.pack("<I", 0),
    "nan.stl": bytes(80) + struct.pack("<I", 1) + struct.pack("<12fH", *[float("nan")] * 12, 0),
    "renamed.stl": STEP,
    "words.obj": b"v a b c\nf 1 2 3\n",
    "beyond.obj": b"v 0 0 0\nf 1 2 3\n",
    "empty.ply": b"ply\n",
    "huge.ply": b"ply\nformat ascii 1.0\nelement vertex 999999999999\nproperty float x\nend_header\n",
    "empty.glb": b"glTF",
    "laughs.dae": LAUGHS.encode(),
    "no_kind": b"x",
    "kind.sldprt": b"x",
}


def told(ended, name: str) -> str:
    """Check how a call ended and return the first line of what it said."""
    assert ended.exception is None or isinstance(ended.exception, SystemExit), repr(ended.exception)
    assert ended.exit_code == 2, ended.output
    assert ended.stdout == ""
    assert ended.stderr.startswith("error: ")
    assert "Traceback" not in ended.stderr
    assert name in ended.stderr
    assert re.search(r" \([^()].*\)$", ended.stderr, re.MULTILINE), ended.stderr
    assert all(letter.isprintable() or letter == "\n" for letter in ended.stderr)
    assert len(ended.stderr) < 20_000
    return ended.stderr.splitlines()[0]


def written(name: str, content: str | bytes) -> Path:
    file = Path(name)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


@pytest.mark.parametrize("what", JOBS)
def test_a_damaged_job_ends_with_a_sentence(run: Run, small: Path, what: str):
    written("job.yaml", JOBS[what])
    written("wrong.urdf", "<robot")
    written("wrong.step", b"ISO-10303-21;\nHEADER;\n")
    written("wrong.stl", "solid\nendsolid\n")
    Path("folder.step").mkdir()

    named = next((file for file in ("wrong.urdf", "wrong.step", "wrong.stl") if file in str(JOBS[what])), "job.yaml")
    told(run("plan", "job.yaml", "--quiet"), named if "is no" in what else "job.yaml")
    assert not Path("out").exists()


@pytest.mark.parametrize("what", URDFS)
def test_a_damaged_description_ends_with_a_sentence(run: Run, what: str):
    written("arm.urdf", URDFS[what])

    told(run("robots", "import", "arm.urdf"), "arm.urdf")


@pytest.mark.parametrize("name", PARTS)
def test_a_damaged_part_ends_with_a_sentence(run: Run, name: str):
    file = written(name, PARTS[name])
    unit = ("--unit", "mm") if file.suffix in (".stl", ".obj", ".ply") else ()
    document = run("new", file, *unit, "--json")

    told(run("view", file, *unit, "--html", "page.html"), name)
    assert not Path("page.html").exists()
    assert document.exit_code == 2
    assert document.stderr == ""
    assert json.loads(document.stdout)["ok"] is False
    assert name in json.loads(document.stdout)["findings"][0]["where"]

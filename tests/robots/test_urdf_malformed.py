"""Every damaged description ends in an error that names the file and a way out."""

from __future__ import annotations

import pytest

from cellwright.errors import InputError
from cellwright.robots.urdf import read_urdf

HEAD = '<robot name="r"><link name="a"/><link name="b"/>'
LIMIT = '<limit lower="-1" upper="1" velocity="1" effort="1"/>'


def joint(name="j", kind="revolute", parent="a", child="b", inside=LIMIT):
    return f'<joint name="{name}" type="{kind}"><parent link="{parent}"/><child link="{child}"/>{inside}</joint>'


MALFORMED = {
    "empty": "",
    "not XML": "hello",
    "truncated": (HEAD + joint())[:-20],
    "binary": b"\x00\x01\x02\xff" * 40,
    "another encoding": '<?xml version="1.0" encoding="nonsense"?><robot/>',
    "not a URDF": "<html><body/></html>",
    "no links": '<robot name="r"/>',
    "no joint moves": HEAD + joint(kind="fixed") + "</robot>",
    "xacro inside": '<robot name="r"><xacro:macro name="m"/></robot>',
    "billion laughs": '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + HEAD + joint("&b;") + "</robot>",
    "external entity": '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + HEAD + joint("&a;") + "</robot>",
    "circle": '<robot name="r"><link name="a"/><link name="b"/>'
    + joint()
    + joint("k", parent="b", child="a")
    + "</robot>",
    "circle beside the tree": HEAD
    + '<link name="c"/><link name="d"/>'
    + joint()
    + joint("k", parent="c", child="d")
    + joint("l", parent="d", child="c")
    + "</robot>",
    "two roots": HEAD + '<link name="c"/>' + joint() + "</robot>",
    "two parents": HEAD + '<link name="c"/>' + joint() + joint("k", parent="c", child="b") + "</robot>",
    "link absent": HEAD + joint(child="absent") + "</robot>",
    "link twice": HEAD + '<link name="a"/>' + joint() + "</robot>",
    "joint twice": HEAD + '<link name="c"/>' + joint() + joint(child="c") + "</robot>",
    "no parent": HEAD + f'<joint name="j" type="revolute"><child link="b"/>{LIMIT}</joint></robot>',
    "no name": HEAD + joint("") + "</robot>",
    "unknown joint type": HEAD + joint(kind="spiral") + "</robot>",
    "floating joint": HEAD + joint(kind="floating") + "</robot>",
    "mimic on the chain": HEAD
    + '<link name="c"/>'
    + joint()
    + joint("k", parent="b", child="c", inside=LIMIT + '<mimic joint="j"/>')
    + "</robot>",
    "not a number": HEAD + joint(inside=LIMIT + '<origin xyz="0 zero 0"/>') + "</robot>",
    "nan": HEAD + joint(inside=LIMIT + '<origin xyz="0 nan 0"/>') + "</robot>",
    "infinite": HEAD + joint(inside='<limit lower="-inf" upper="inf"/>') + "</robot>",
    "overflow": HEAD + joint(inside=LIMIT + '<origin xyz="0 1e999 0"/>') + "</robot>",
    "two numbers": HEAD + joint(inside=LIMIT + '<origin xyz="0 0"/>') + "</robot>",
    "millimetres": HEAD + joint(inside=LIMIT + '<origin xyz="0 0 450"/>') + "</robot>",
    "degrees": HEAD + joint(inside='<limit lower="-18000" upper="18000"/>') + "</robot>",
    "no axis": HEAD + joint(inside=LIMIT + '<axis xyz="0 0 0"/>') + "</robot>",
    "two origins": HEAD + joint(inside=LIMIT + "<origin/><origin/>") + "</robot>",
    "unknown shape": HEAD.replace(
        '<link name="b"/>', '<link name="b"><collision><geometry><cone/></geometry></collision></link>'
    )
    + joint()
    + "</robot>",
    "huge box": HEAD.replace(
        '<link name="b"/>', '<link name="b"><collision><geometry><box size="1 1 5e3"/></geometry></collision></link>'
    )
    + joint()
    + "</robot>",
    "zero scale": HEAD.replace(
        '<link name="b"/>',
        '<link name="b"><visual><geometry><mesh filename="m.stl" scale="0 1 1"/></geometry></visual></link>',
    )
    + joint()
    + "</robot>",
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_damaged_description_is_an_error_with_place_and_way_out(tmp_path, what):
    content = MALFORMED[what]
    file = tmp_path / "damaged.urdf"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(InputError) as caught:
        read_urdf(file)

    assert caught.value.where.file == file
    assert caught.value.problem
    assert caught.value.fix


def test_a_huge_file_is_refused_unread(tmp_path):
    file = tmp_path / "huge.urdf"
    with file.open("wb") as stream:
        stream.truncate(50_000_000)

    with pytest.raises(InputError, match="50 MB"):
        read_urdf(file)


def test_ten_thousand_nested_elements_are_no_trouble(tmp_path):
    file = tmp_path / "deep.urdf"
    file.write_text('<robot name="r">' + "<a>" * 10_000 + "</a>" * 10_000 + "</robot>", encoding="utf-8")

    with pytest.raises(InputError, match="no <link>"):
        read_urdf(file)


@pytest.mark.parametrize("name", ["absent.urdf", "arm.urdf.xacro", "."])
def test_a_path_that_is_no_urdf_is_refused(tmp_path, name):
    with pytest.raises(InputError) as caught:
        read_urdf(tmp_path / name)

    assert caught.value.fix


def test_a_chain_of_a_thousand_joints_is_refused(tmp_path):
    links = "".join(f'<link name="l{i}"/>' for i in range(1001))
    joints = "".join(joint(f"j{i}", parent=f"l{i}", child=f"l{i + 1}") for i in range(1000))
    file = tmp_path / "snake.urdf"
    file.write_text(f'<robot name="r">{links}{joints}</robot>', encoding="utf-8")

    with pytest.raises(InputError, match="1000 joints"):
        read_urdf(file)


@pytest.mark.parametrize(
    "text", ["joint_limits: 3", "- 1", "joint_limits: {j: 3}", "joint_limits: {j: {max_velocity: .nan}}", "{", "\x00"]
)
def test_a_damaged_file_of_limits_is_an_error(tmp_path, text):
    (tmp_path / "arm.urdf").write_text(HEAD + joint() + "</robot>", encoding="utf-8")
    (tmp_path / "joint_limits.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(InputError) as caught:
        read_urdf(tmp_path / "arm.urdf")

    assert caught.value.where.file.name == "joint_limits.yaml"
    assert caught.value.fix

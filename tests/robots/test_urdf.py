"""What is read from real descriptions, and that it is what the file says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cellwright.errors import InputError
from cellwright.kinematics.chain import base_T_flange, base_T_links
from cellwright.robots.urdf import read_urdf
from cellwright.shapes import bounds

ARM = """<robot name="arm">
  <link name="world"/><link name="base_link"><inertial><mass value="2"/><origin xyz="0 0 1"/>
    <inertia ixx="1" iyy="2" izz="3" ixy="0" ixz="0" iyz="0"/></inertial></link>
  <link name="cover"><inertial><mass value="2"/><inertia ixx="1" iyy="1" izz="1"/></inertial>
    <collision><geometry><box size="0.2 0.2 0.2"/></geometry></collision></link>
  <link name="one"><collision><origin xyz="1 0 0"/><geometry><sphere radius="0.1"/></geometry></collision></link>
  <link name="two"/><link name="tool0"/><link name="finger"/>
  <joint name="w" type="fixed"><parent link="world"/><child link="base_link"/><origin xyz="5 0 0"/></joint>
  <joint name="c" type="fixed"><parent link="base_link"/><child link="cover"/><origin xyz="0 0 3"/></joint>
  <joint name="j1" type="continuous"><parent link="base_link"/><child link="one"/><axis xyz="0 0 2"/></joint>
  <joint name="j2" type="prismatic"><parent link="one"/><child link="two"/><origin xyz="0 0 0.5"/><axis xyz="1 0 0"/>
    <limit lower="0" upper="0.4" velocity="0.3" effort="10"/></joint>
  <joint name="t" type="fixed"><parent link="two"/><child link="tool0"/><origin rpy="0 1.5707963267948966 0"/></joint>
  <joint name="f" type="prismatic"><parent link="two"/><child link="finger"/><mimic joint="j2"/></joint>
</robot>"""


def written(folder: Path, text: str) -> Path:
    file = folder / "arm.urdf"
    file.write_text(text, encoding="utf-8")
    return file


def codes(robot) -> set[str]:
    return {finding.code for finding in robot.findings}


def test_a_small_arm_is_read_as_it_is_written(tmp_path):
    robot = read_urdf(written(tmp_path, ARM))

    assert robot.chain.links == ("base_link", "one", "two")
    assert robot.chain.joints == ("j1", "j2")
    assert list(robot.chain.prismatic) == [False, True]
    assert (robot.lower[0], robot.upper[0], robot.lower[1], robot.upper[1]) == (-np.inf, np.inf, 0.0, 0.4)
    assert np.isnan(robot.speed[0])
    assert robot.speed[1] == 0.3
    flange = base_T_flange(robot.chain, np.array([np.pi / 2, 0.2]))
    assert flange[:3, 3] == pytest.approx([0.0, 0.2, 0.5])
    assert flange[:3, 2] == pytest.approx([0.0, 1.0, 0.0])


def test_fixed_links_become_part_of_the_link_that_carries_them(tmp_path):
    robot = read_urdf(written(tmp_path, ARM))

    base, one, two = robot.geometry
    assert bounds(base.mesh)[:, 2] == pytest.approx([2.9, 3.1])
    assert bounds(one.mesh)[:, 0] == pytest.approx([0.9, 1.1], abs=1e-3)
    assert two.basis == "none"
    inertia = robot.inertia[0]
    assert inertia.mass == 4
    assert inertia.centre == pytest.approx([0, 0, 2.0])
    assert np.diag(inertia.tensor) == pytest.approx([1 + 1 + 4, 2 + 1 + 4, 3 + 1])  # parallel axes: 2 kg at 1 m twice


def test_what_is_missing_is_told(tmp_path):
    robot = read_urdf(written(tmp_path, ARM))

    assert {"speed-unknown", "acceleration-unknown", "side-branch", "no-mesh", "no-inertia"} <= codes(robot)


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ("", "limit-unknown"),
        ('<limit velocity="1" effort="1"/>', "limit-unknown"),
        ('<limit lower="1" upper="-1" velocity="1" effort="1"/>', "limit-reversed"),
        ('<limit lower="0" upper="0" velocity="1" effort="1"/>', "limit-placeholder"),
        ('<limit lower="0" upper="1" velocity="0" effort="1"/>', "speed-unknown"),
        ('<limit lower="0" upper="1" velocity="100" effort="1"/>', "speed-placeholder"),
        ('<limit lower="0" upper="1" velocity="1" effort="0"/>', "effort-unknown"),
    ],
)
def test_a_placeholder_is_a_finding_and_never_a_figure(tmp_path, limit, code):
    text = ARM.replace('<limit lower="0" upper="0.4" velocity="0.3" effort="10"/>', limit)
    robot = read_urdf(written(tmp_path, text), meshes=False)

    assert code in codes(robot)
    if code.startswith("limit"):
        assert (robot.lower[1], robot.upper[1]) == (-np.inf, np.inf)
        assert any(finding.severity == "error" for finding in robot.findings if finding.code == code)
    if code.startswith("speed"):
        assert np.isnan(robot.speed[1])


def test_the_same_torque_everywhere_is_no_torque(real_data):
    robot = read_urdf(real_data / "kinematics" / "abb_irb1200_5_90.urdf", meshes=False)

    assert "effort-placeholder" in codes(robot)
    assert np.isnan(robot.effort).all()


def test_a_file_of_limits_beside_the_description_is_used(tmp_path):
    (tmp_path / "joint_limits.yaml").write_text(
        "joint_limits:\n  j1: {max_velocity: 2, max_acceleration: 9}\n  j2: {max_velocity: 0.5}\n", encoding="utf-8"
    )
    robot = read_urdf(written(tmp_path, ARM), meshes=False)

    assert robot.speed == pytest.approx([2.0, 0.3])  # the lower of two statements
    assert robot.acceleration[0] == 9
    assert np.isnan(robot.acceleration[1])


def test_base_and_tip_can_be_named(tmp_path):
    robot = read_urdf(written(tmp_path, ARM), meshes=False, base="one", tip="two")

    assert robot.chain.joints == ("j2",)


def package(folder: Path, mesh: str) -> Path:
    """A package with one mesh, and a URDF in its folder urdf that names a mesh."""
    corners = "vertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\n"
    cube = f"solid c\nfacet normal 0 0 1\nouter loop\n{corners}endloop\nendfacet\nendsolid c\n"
    for place in (folder / "arm_support", folder / "shared_support", folder / "other", folder):
        (place / "meshes").mkdir(parents=True, exist_ok=True)
        (place / "meshes" / "part.stl").write_text(cube, encoding="ascii")
    for name in ("arm_support", "shared_support"):
        (folder / name / "package.xml").write_text("<package/>", encoding="utf-8")
    (folder / "arm_support" / "urdf").mkdir(exist_ok=True)
    text = ARM.replace('<sphere radius="0.1"/>', f'<mesh filename="{mesh}" scale="2 -1 1"/>')
    return written(folder / "arm_support" / "urdf", text)


@pytest.mark.parametrize(
    "mesh",
    ["../meshes/part.stl", "package://arm_support/meshes/part.stl", "package://shared_support/meshes/part.stl"],
)
def test_meshes_of_the_own_package_and_of_one_beside_it_are_found_and_scaled(tmp_path, mesh):
    robot = read_urdf(package(tmp_path, mesh))

    shape = robot.geometry[1].mesh
    assert bounds(shape).ravel() == pytest.approx([1, -1, 0, 3, 0, 0])
    a, b, c = shape.vertices[shape.faces[0]]
    assert np.cross(b - a, c - a)[2] > 0  # a mirror turns the triangle over, the reader turns it back


@pytest.mark.parametrize(
    "mesh",
    [
        "../../meshes/part.stl",
        "package://other/meshes/part.stl",
        "package://arm_support/../other/meshes/part.stl",
        "package://../meshes/part.stl",
        "/etc/passwd",
        "C:\\part.stl",
        "file:///etc/passwd",
        "http://example.invalid/part.stl",
        "absent.stl",
    ],
)
def test_meshes_outside_the_package_are_refused(tmp_path, mesh):
    with pytest.raises(InputError) as caught:
        read_urdf(package(tmp_path, mesh))

    assert caught.value.where.file.name == "arm.urdf"
    assert caught.value.where.line > 0
    assert caught.value.fix


def test_a_link_to_a_mesh_outside_is_refused(tmp_path):
    file = package(tmp_path, "linked.stl")
    (file.parent / "linked.stl").symlink_to(tmp_path / "meshes" / "part.stl")

    with pytest.raises(InputError, match="outside"):
        read_urdf(file)


def descriptions(folder: Path) -> list[Path]:
    return sorted([*folder.glob("kinematics/*.urdf"), *folder.glob("robots/*/*.urdf")])


def test_every_real_description_is_read(real_data):
    files = descriptions(real_data)
    robots = [read_urdf(file, meshes=False) for file in files]

    assert len(files) == 155
    for robot in robots:
        assert 4 <= robot.dof <= 7
        assert (robot.lower < robot.upper).all()
        assert ((robot.lower <= robot.home) & (robot.home <= robot.upper)).all()
        assert np.isfinite(base_T_links(robot.chain, robot.home)).all()
        assert not (robot.speed > 60).any()
        assert np.isnan(robot.speed).any() == bool({"speed-unknown", "speed-placeholder"} & codes(robot))


def test_forward_kinematics_agree_with_pinocchio(real_data):
    pin = pytest.importorskip("pinocchio")
    random = np.random.default_rng(7)
    for file in descriptions(real_data):
        robot = read_urdf(file, meshes=False)
        model = pin.buildModelFromUrdf(str(file))
        data = model.createData()
        frame = model.getFrameId(_flange_of(robot, file))
        base = model.getFrameId(robot.chain.links[0])
        for _ in range(3):
            q = random.uniform(np.maximum(robot.lower, -3), np.minimum(robot.upper, 3))
            full = pin.neutral(model)
            for name, value in zip(robot.chain.joints, q, strict=True):
                joint = model.joints[model.getJointId(name)]
                turning = [np.cos(value), np.sin(value)] if joint.nq == 2 else [value]
                full[joint.idx_q : joint.idx_q + joint.nq] = turning
            pin.framesForwardKinematics(model, data, full)
            expected = (data.oMf[base].inverse() * data.oMf[frame]).homogeneous
            assert np.abs(base_T_flange(robot.chain, q) - expected).max() < 1e-9, file.name


def _flange_of(robot, file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    for link in ("tool0", "flange"):
        if f'<link name="{link}"' in text:
            return link
    assumed = next(finding for finding in robot.findings if finding.code == "flange-assumed")
    return assumed.what.split("'")[1]


@pytest.mark.parametrize(
    "name", ["abb_irb1200_5_90", "denso_hsr065", "ufactory_xarm7", "ur10e", "yaskawa_ar2010", "staubli_tx2_60"]
)
def test_real_meshes_lie_round_their_links(real_data, name):
    robot = read_urdf(real_data / "robots" / name / f"{name}.urdf")

    for geometry in robot.geometry:
        if geometry.mesh is None:
            assert "mesh-empty" in codes(robot)
            continue
        low, high = bounds(geometry.mesh)
        assert 0.01 < (high - low).max() < 1.5, geometry.link  # metres: a wrong unit is a thousand times off
        if geometry.visual is not None:
            assert np.abs(bounds(geometry.visual) - (low, high)).max() < 0.2, geometry.link

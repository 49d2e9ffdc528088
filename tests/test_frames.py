"""Poses are named ``a_T_b``: in a product the inner names are equal, and what comes out bears the outer ones."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[1] / "src" / "cellwright"
NAME = re.compile(r"(?:^|_)(?P<outer>[a-z0-9]+)_(?P<kind>[TRp])_(?P<inner>[a-z0-9]+)$")

ROLES = {
    *(
        "a",
        "b",
        "c",
        "frame",
        "outer",
        "inner",
        "parent",
        "child",
        "last",
        "target",
        "start",
        "end",
        "via",
        "in",
        "out",
    ),
    *("node", "nodes", "body", "thing", "link", "links", "joint"),
}
"""Words that say which part a frame plays in a formula, not which frame it is; they may stand for any."""

Ends = tuple[str, str] | None


def named(name: str) -> Ends:
    """Return the outer and the inner frame that a name tells; a stack of poses is named by its last words."""
    match = NAME.search(name)
    if match is None or match["kind"] == "p":
        return None
    return match["outer"], match["inner"]


def ends(node: ast.expr) -> Ends:
    """Return the outer and the inner frame of an expression; None where its names do not tell."""
    match node:
        case ast.BinOp(op=ast.MatMult(), left=left, right=right):
            first, last = ends(left), ends(right)
            return (first[0], last[1]) if first and last else None
        case ast.Call(func=ast.Name(id="inv"), args=[turned]):
            found = ends(turned)
            return (found[1], found[0]) if found else None
        case ast.Call(func=ast.Name(id="frozen"), args=[kept]):
            return ends(kept)
        case ast.Call(func=function):
            return ends(function)
        case ast.Subscript(value=whole):
            return ends(whole)
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return named(name)
        case _:
            return None


def fit(one: str, other: str) -> bool:
    """Return whether two frame names may mean the same frame."""
    return one == other or one in ROLES or other in ROLES


def same(one: Ends, other: Ends) -> bool:
    """Return whether two poses may be of the same frames; what a name does not tell is not judged."""
    return one is None or other is None or (fit(one[0], other[0]) and fit(one[1], other[1]))


def judged(node: ast.AST) -> Iterator[tuple[bool, int]]:
    """Yield whether what a node says of poses fits, and its line."""
    match node:
        case ast.BinOp(op=ast.MatMult(), left=left, right=right):
            before, after = ends(left), ends(right)
            yield before is None or after is None or fit(before[1], after[0]), node.lineno
        case ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=ast.expr() as value):
            yield same(ends(target), ends(value)), node.lineno
        case ast.keyword(arg=str(name), value=value):
            yield same(named(name), ends(value)), value.lineno
        case ast.FunctionDef(name=name):
            for result in ast.walk(node):
                if isinstance(result, ast.Return) and result.value is not None:
                    yield same(named(name), ends(result.value)), result.lineno
        case _:
            pass


def slips(source: str) -> list[int]:
    """Return the lines where named poses do not chain, or where a value gets a name of other frames."""
    return sorted({line for node in ast.walk(ast.parse(source)) for fits, line in judged(node) if not fits})


def modules() -> list[str]:
    return sorted(path.relative_to(SOURCES).as_posix() for path in SOURCES.rglob("*.py"))


@pytest.mark.parametrize("module", modules())
def test_every_product_of_poses_chains(module):
    assert slips((SOURCES / module).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("world_T_tcp = cell.world_T_base @ base_T_tcp[i]", []),
        ("world_T_tcp = world_T_base @ tcp_T_base", [1]),
        ("base_T_part = inv(cell.world_T_base) @ world_T_part", []),
        ("part_T_base = inv(cell.world_T_base) @ world_T_part", [1]),
        ("world_T_part = part_T_world", [1]),
        ("x = 1\nworld_R_part = frozen(world_R_base @ part_R_base)", [2]),
        ("part_T_tip = inv(world_T_part) @ world_T_base @ base_T_tcp(robot, q) @ tcp_T_tip", []),
        ("part_T_tcp = inv(world_T_part) @ world_T_base @ base_T_tcp(robot, q) @ tcp_T_tip", [1]),
        ("def world_T_part(job):\n    return inv(world_T_base) @ base_T_part", [2]),
        ("def world_T_part(job):\n    return part_T_world", [2]),
        ("Tool(flange_T_tcp=flange_T_mount)", [1]),
        ("part_p_tip = part_T_tcp @ tcp_p_tip", []),
        ("anything = shapes @ here_T_there", []),
        ("part_T_tcp = part_T_start", []),
        ("part_T_tcp = world_T_start", [1]),
        ("root_T_world = inv(base_T_root) @ inv(world_T_base)", []),
        ("base_T_world = inv(base_T_root) @ inv(world_T_base)", [1]),
    ],
)
def test_the_check_sees_what_does_not_fit(source, lines):
    assert slips(source) == lines


def test_the_check_sees_products_at_all():
    chained = [
        node
        for module in modules()
        for node in ast.walk(ast.parse((SOURCES / module).read_text(encoding="utf-8")))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult) and ends(node)
    ]

    assert len(chained) > 20

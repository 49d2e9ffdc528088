"""The page on errors knows every error and every finding that the package can make."""

import re
from pathlib import Path

import cellwright.errors

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")


def test_every_code_of_a_finding_is_explained() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "src").rglob("*.py")))
    codes = set(re.findall(r'code="([a-z-]+)"', sources))

    assert len(codes) > 20
    assert sorted(code for code in codes if f"`{code}`" not in PAGE) == []


def test_every_error_class_is_explained() -> None:
    names = [name for name in vars(cellwright.errors) if name.endswith("Error")]

    assert [name for name in names if f"`{name}`" not in PAGE] == []

"""What holds for every file of the project."""

import ast
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import cellwright

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src" / "cellwright"
MODULES = sorted(path.relative_to(SOURCES).as_posix() for path in SOURCES.rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LONGEST = 400
FOLDERS = ("src", "tests", "docs", "examples", "benchmarks", "scripts", ".ci")
TEXTS = {".py", ".md", ".yaml", ".toml", ".txt", ".css", ".js", ".svg", ".html", ""}

# written in pieces, so that this file does not hold what it looks for
HOSTS = re.compile(
    "|".join(["py" + r"pi\.", "python" + "hosted", "index" + "-url", "ana" + "conda", "conda" + "-forge"])
)
MACHINE = re.compile(
    r"(?<![\w./~-])/(?:" + "|".join(["ho" + "me", "ro" + "ot", "wo" + "rk", "Us" + "ers", "mnt"]) + r")/\w"
)
TELLERS = re.compile(r"\b[A-Z]:\\" + "Us" + "ers")


def texts() -> list[Path]:
    """Return every text file of the project that a person wrote."""
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    return sorted(path for path in found if path.suffix in TEXTS and "__pycache__" not in path.parts)


def tree(module: str) -> ast.Module:
    return ast.parse((SOURCES / module).read_text(encoding="utf-8"))


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_what_it_is_for_and_is_short(module):
    text = (SOURCES / module).read_text(encoding="utf-8")

    assert ast.get_docstring(ast.parse(text))
    assert text.count("\n") <= LONGEST


@pytest.mark.parametrize("module", MODULES)
def test_nothing_catches_every_error(module):
    def broad(handler: ast.ExceptHandler) -> bool:
        names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)} if handler.type else {"all"}
        return bool(names & {"all", "Exception", "BaseException"})

    handlers = [node for node in ast.walk(tree(module)) if isinstance(node, ast.ExceptHandler)]
    assert [handler.lineno for handler in handlers if broad(handler)] == []


@pytest.mark.parametrize("module", MODULES)
def test_the_result_depends_on_no_clock_and_no_chance(module):
    calls = [ast.unparse(node) for node in ast.walk(tree(module)) if isinstance(node, ast.Call)]
    asked = [call for call in calls if re.match(r"(time\.time|datetime\.(now|today)|date\.today|random\.)\b", call)]
    unseeded = [call for call in calls if call.endswith("default_rng()")]

    assert [*asked, *unseeded] == []


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_text_names_no_machine_and_no_index(path):
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    told = [line for line in lines if HOSTS.search(line) or MACHINE.search(line)]

    assert told == []


def test_the_version_is_said_once_and_the_changes_tell_of_it():
    version = PROJECT["project"]["version"]

    assert cellwright.__version__ == version
    assert f"\n## {version}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_types_and_data_are_part_of_the_package():
    assert (SOURCES / "py.typed").is_file()
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["src/cellwright"]


def test_every_requirement_is_pinned_to_a_version_that_it_allows():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    version = {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}
    project = PROJECT["project"]
    wanted = [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]
    needed = [r for r in map(Requirement, wanted) if r.name != project["name"]]

    assert len(version) == len(pins)
    assert lines == sorted(lines, key=lambda line: "" if line.startswith("#") else line.split("==")[0])
    assert all(str(pin.specifier).startswith("==") for pin in pins)
    assert [str(r) for r in needed if not r.specifier.contains(version.get(canonicalize_name(r.name), "0"))] == []


def anchors(page: str) -> set[str]:
    """Return the anchors that a page's headings give."""
    headings = re.findall(r"(?m)^#+ (.*)$", page)
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).strip().replace(" ", "-") for heading in headings}


PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page):
    text = re.sub(r"(?s)```.*?```", "", page.read_text(encoding="utf-8"))
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            broken.append(target)

    assert broken == []


def test_every_page_of_the_documentation_is_in_its_index():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = [page.relative_to(ROOT / "docs").as_posix() for page in PAGES if ROOT / "docs" in page.parents]

    assert [page for page in pages if page != "README.md" and f"({page})" not in index] == []


README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    return re.findall(r"(?m)^python -m venv .*$", README)


def test_the_readme_has_two_commands_of_one_line_each():
    plan, test = commands()

    assert "cellwright plan examples/01_weld_bracket.yaml" in plan
    assert "pytest" in test


@pytest.mark.parametrize("command", commands(), ids=["job", "tests"])
def test_the_readme_asks_for_files_and_extras_that_are_there(command):
    words = shlex.split(command)
    files = [word for word in words if word.endswith((".txt", ".yaml"))]
    (extra,) = [match[1] for word in words if (match := re.fullmatch(r"\.\[(\w+)\]", word))]

    assert all((ROOT / name).is_file() for name in files)
    assert extra in PROJECT["project"]["optional-dependencies"]


def test_the_python_of_the_readme_runs(monkeypatch):
    """Everything but planning itself, which the command of the README runs."""
    (block,) = re.findall(r"(?s)```python\n(.*?)```", README)
    body = ast.parse(block).body
    (start,) = [i for i, node in enumerate(body) if "cw.plan(job)" in ast.unparse(node)]
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}

    exec(compile(ast.Module(body[:start], []), "README.md", "exec"), names)

    assert names["branches"].q.shape[-1] == names["robot"].dof
    assert names["base_T_flange"].shape == (1, 4, 4)
    assert names["job"].tasks
    used = {node.attr for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Attribute)}
    assert {"plan", "program", "save", "report"} <= used & set(dir(cellwright))

"""The plan of the house, held from the imports of every module: arrows point down, in no circle."""

import ast
import builtins
import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from course_lib.ground.paths import PACKAGE, ROOT, written
from course_lib.press import house_map, lesson

# Each room may import from itself and from the rooms named behind it.
SCIENCE = {"supervised", "maml", "few_shot", "black_box", "rl2", "beyond"}
LOW = {"ground", "results", "nets", "tasks", "training"}
MAY = {
    "": {"ground"},  # course_lib itself
    "ground": set(),
    "results": {"ground"},
    "nets": {"ground"},
    "scenes": {"ground"},
    "tasks": {"ground", "nets"},
    "training": LOW - {"training"},
    "supervised": LOW,
    "maml": LOW,
    "few_shot": LOW | {"maml"},
    "black_box": LOW | {"maml"},
    "rl2": LOW,
    "beyond": LOW | {"maml"},
    "widgets": LOW | SCIENCE | {"scenes"},
    "checks": LOW | SCIENCE | {"scenes", "widgets"},
    "slides": LOW | SCIENCE | {"scenes", "widgets"},
    "front_door": set(),
    "press": LOW | SCIENCE | {"scenes", "widgets", "checks", "slides", "front_door"},
}
DRAWING = {"scenes", "widgets", "slides", "checks", "press"}
DRAWS = {"matplotlib", "mpl_toolkits", "ipywidgets", "anywidget", "IPython", "seaborn", "plotly"}
A_BAR = "course_lib.training.notebook_bar"  # the one picture of a training: its progress


def modules(package: Path = PACKAGE) -> dict[str, Path]:
    """Every module below `package` by its dotted name."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """What a file imports, at its top or later; the course's modules by their full names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Call) and _name(node.func) in ("import_module", "__import__"):
            yield from (a.value for a in node.args if isinstance(getattr(a, "value", 0), str))
        elif isinstance(node, ast.Attribute) and _dotted(node).startswith("course_lib."):
            yield from (m for m in known if m == _dotted(node))
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in known else node.module


def _name(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def _dotted(node: ast.expr) -> str:
    """`a.b.c` as it is written; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    before = _dotted(node.value) if isinstance(node, ast.Attribute) else ""
    return f"{before}.{node.attr}" if before else ""


def room(module: str) -> str:
    """The room of a module: the folder below course_lib; "" for course_lib itself."""
    return module.split(".")[1] if "." in module else ""


def problems(package: Path = PACKAGE) -> list[str]:
    """What breaks the plan, a sentence each."""
    known, found, arrows = modules(package), [], {}
    for module, path in known.items():
        here = room(module)
        if here == "__main__":  # the command line calls the press
            continue
        if here not in MAY:
            found.append(f"{module}: the plan has no room {here}")
            continue
        for other in imports(path, known):
            if other.split(".")[0] in DRAWS and here not in DRAWING and module != A_BAR:
                found.append(f"{module} computes and imports {other}, which draws")
            if other.split(".")[0] in ("tests", "lessons", "benchmarks"):
                found.append(f"{module} imports {other}, which the library must do without")
            own = {package.name, *sys.stdlib_module_names}
            if here == "front_door" and other.split(".")[0] not in own:
                found.append(f"{module} imports {other} before anything is installed")
            if other.split(".")[0] != package.name or other == package.name:
                continue
            there = room(other)
            if there != here and there not in MAY[here]:
                way = f"no arrow leads from {here or package.name} to {there}"
                found.append(f"{module} imports {other}: {way}")
            if other != module:
                arrows.setdefault(module, set()).add(other)
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as circle:
        found.append("a circle: " + " → ".join(reversed(circle.args[1])))
    return found


def test_every_arrow_of_the_house_points_down_and_there_is_no_circle():
    assert problems() == []


@pytest.fixture
def small_house(tmp_path):
    """A package of a few rooms, in order, to spoil."""
    package = tmp_path / "course_lib"
    for name, text in {
        "ground/paths.py": "",
        "maml/inner.py": "from course_lib.ground import paths\n",
        "maml/engine.py": "from course_lib.maml.inner import adapt\n",
        "press/train.py": "from course_lib.maml import engine\n",
    }.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text)
    (package / "__init__.py").touch()
    assert problems(package) == []
    return package


@pytest.mark.parametrize(
    ("file", "line", "said"),
    [
        (
            "ground/paths.py",
            "from course_lib.maml import inner",
            "no arrow leads from ground to maml",
        ),
        ("maml/inner.py", "import course_lib.press.train", "no arrow leads from maml to press"),
        ("maml/inner.py", "def f():\n    from course_lib.maml import engine", "a circle: "),
        ("maml/engine.py", "import matplotlib.pyplot", "computes and imports matplotlib.pyplot"),
        ("maml/engine.py", "def f():\n    import ipywidgets", "computes and imports ipywidgets"),
        ("attic/old.py", "", "the plan has no room attic"),
        (
            "ground/paths.py",
            "import importlib\nimportlib.import_module('course_lib.maml.inner')",
            "ground to maml",
        ),
        (
            "ground/paths.py",
            "import course_lib\nx = lambda: course_lib.maml.inner.adapt",
            "ground to maml",
        ),
        ("maml/inner.py", "import_module('matplotlib.pyplot')", "which draws"),
        ("maml/inner.py", "from mpl_toolkits import mplot3d", "which draws"),
        ("maml/inner.py", "from tests import toy_widget", "must do without"),
        ("front_door/places.py", "import numpy", "before anything is installed"),
        (
            "__init__.py",
            "from course_lib.press import train",
            "no arrow leads from course_lib to press",
        ),
    ],
)
def test_a_planted_fault_is_found(small_house, file, line, said):
    path = small_house / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(line + "\n")
    assert any(said in problem for problem in problems(small_house)), problems(small_house)


# --- A lost import --------------------------------------------------------------------------------


def undefined(source: str) -> set[str]:
    """Names that a module uses and nothing in it defines.

    ruff's own rule is off: to it a shape of one word, Float[Tensor, "tasks"], is such a name.
    """
    used, defined = set(), set(dir(builtins)) | {"__file__", "__name__", "__path__"}
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
            case ast.Name(id=name) | ast.arg(arg=name) | ast.MatchAs(name=str(name)):
                defined.add(name)
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                defined.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchStar(name=str(name)):
                defined.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                defined |= {(alias.asname or alias.name).split(".")[0] for alias in names}
    return used - defined


def test_no_module_uses_a_name_that_it_does_not_have():
    lost = {}
    for folder in ("course_lib", "tests", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            if names := undefined(path.read_text(encoding="utf-8")) - {"undefined"}:
                lost[str(path.relative_to(ROOT))] = names
    assert lost == {}


LOOPS = ("asyncio.run(", "run_until_complete(", "asyncio.Runner(")


def test_no_test_runs_a_loop_of_its_own_where_a_browser_keeps_one():
    """After the first browser test of a run `asyncio.run` fails: `loops.run` doesn't."""
    alone = {"loops.py", Path(__file__).name}
    tests = [path for path in sorted((ROOT / "tests").rglob("*.py")) if path.name not in alone]
    found = [path.name for path in tests if any(call in path.read_text("utf8") for call in LOOPS)]
    assert len(tests) > 100
    assert found == [], "Call tests/loops.py's run instead: another test's browser has a loop."


STARTS = re.compile(r"\bsync_playwright\b|\bbrowser\(\)")


def test_one_browser_serves_all_tests():
    """Playwright refuses to start twice in a process: tests ask for the fixture `chromium`."""
    tests = sorted((ROOT / "tests").rglob("*.py"))
    found = [path.name for path in tests if STARTS.search(path.read_text("utf8"))]
    assert found == ["conftest.py"]


def test_a_lost_import_is_found():
    assert undefined("import os\n\ndef f(x: Tensor) -> int:\n    return os.stat(x)\n") == {"Tensor"}


# --- The map --------------------------------------------------------------------------------------


def reached(start: set[str], known: dict[str, Path]) -> set[str]:
    """Every module that the modules `start` import, directly or not."""
    found, waiting = set(), list(start)
    while waiting:
        module = waiting.pop()
        if module in known and module not in found:
            found.add(module)
            waiting += imports(known[module], known)
    return found


def misplaced() -> list[str]:
    """Modules of the lessons' rooms that name no notebook, or one that does not use them."""
    known = modules()
    names = {path: name for name, path in known.items()}
    users: dict[str, set[str]] = {}
    for path in written("lesson"):
        for module in reached(set(imports(path, known)), known):
            users.setdefault(module, set()).add(path.parent.name[:2])
    found, lessons = [], {path.parent.name[:2] for path in written("lesson")}
    for path, notebook in house_map.modules_of_lessons().items():
        module = names[path]
        if notebook and notebook not in lessons:
            found.append(f"{module} says {notebook}: there is no such lesson.")
        elif not notebook:
            found.append(f"{module}: its first sentence does not say which notebook it serves.")
        elif path.name != "__init__.py" and module in users and notebook not in users[module]:
            found.append(f"{module} says {notebook}; it is used in {sorted(users[module])}.")
    return found


def test_every_module_of_a_lesson_says_which_notebook_it_serves():
    assert misplaced() == []


@pytest.mark.parametrize(
    ("text", "notebook"),
    [
        ('"""The inner loop (notebook 04)."""', "04"),
        ('"""The inner loop, in one\npage (notebooks 04 to 06).\n\nMore."""', "04"),
        ('"""Are two pictures the same? (notebook 07)"""', "07"),
        ('"""The inner loop.\n\nIt serves a lesson (notebook 04)."""', ""),
        ('"""(notebook 04) holds the inner loop."""', ""),
        ("x = 1", ""),
    ],
)
def test_a_missing_mark_is_seen(tmp_path, text, notebook):
    (tmp_path / "module.py").write_text(text)
    assert house_map.lesson_of(tmp_path / "module.py") == notebook


def test_the_map_in_contributing_is_todays():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert text == house_map.filled(text), "call: python -m course_lib lesson map"
    stale = text.replace("W5 W6", "W5")
    assert stale != text
    assert house_map.filled(stale) == text
    with pytest.raises(ValueError, match="no place for the map"):
        house_map.filled("# Contributing")


def test_contributing_tells_of_every_room():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("| room | holds |")[2].partition("\n\n")[0]
    assert [room for room in MAY if room and f"`{room}`" not in table] == []


# --- One command for a lesson ---------------------------------------------------------------------


@pytest.fixture
def steps(monkeypatch):
    """What the command would call, written down instead of called."""
    called = []

    def noted(title, status):
        return lambda names: called.append((title, *names)) or status

    for command, known in lesson.STEPS.items():
        noting = [
            (title, noted(title, int(command == "check" and title == "exercises")), part)
            for title, _, part in known
        ]
        monkeypatch.setitem(lesson.STEPS, command, noting)
    return called


def test_a_lesson_is_made_in_its_order_from_a_short_name_or_a_path(steps):
    whole = "04_maml"
    for name in ("04", whole, f"lessons/{whole}/slides.py", f"notebooks/{whole}.ipynb"):
        steps.clear()
        assert lesson.main(["run", name]) == 0
        assert steps == [("notebook", whole), ("exercises", "04"), ("deck", whole)]


def test_a_problem_of_one_product_is_told_at_the_end_and_stops_nothing(steps):
    assert lesson.main(["check", "04", "05"]) == 1
    assert [title for title, *_ in steps] == ["notebook", "exercises", "deck"]


def test_a_lesson_that_nobody_has_written_is_refused_with_the_list(steps, capsys):
    assert lesson.main(["build", "44"]) == 2
    assert "04_maml" in capsys.readouterr().out
    assert steps == []


# A path of somebody's machine, or the address of a package registry; put together here, so that
# this file names none.
FOLDERS = "|".join(("home", "root", "opt", "work", "mnt", "Users"))
HOSTS = "|".join(rf"{name}\.org" for name in ("pypi", "pythonhosted", "npmjs", r"deb\.debian"))
ELSEWHERE = re.compile(rf"(?m)(?:^|[\"'` (=:])/(?:{FOLDERS})/\w|{HOSTS}")


def test_no_file_names_a_machine_s_path_or_a_registry():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("git doesn't know this copy of the course")
    texts = {}
    for name in listed.stdout.splitlines():
        with contextlib.suppress(UnicodeDecodeError):  # pictures and weights
            texts[name] = (ROOT / name).read_text(encoding="utf-8")
    assert len(texts) > 300
    found = [name for name, text in texts.items() if ELSEWHERE.search(text)]
    assert found == ["tests/test_notebook_rules.py"]  # which plants one, for a rule of its own


@pytest.mark.parametrize("before", ["WORKDIR ", "-v course:", '"', ""])
@pytest.mark.parametrize("folder", ["opt", "home"])
def test_a_machine_s_path_is_seen(before, folder):
    assert ELSEWHERE.search(f"{before}/{folder}/reader")
    assert not ELSEWHERE.search(f"a/{folder}/b and /course/.venv")

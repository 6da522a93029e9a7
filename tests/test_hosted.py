"""On a hosted notebook: what it brings is taken as it is, and one `%run` does the rest."""

import ast
import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from hosted import HOMES, errors_in, make_home
from nbformat.v4 import new_code_cell, new_notebook

from course_lib.ground.family import below
from course_lib.ground.paths import written, written_for
from course_lib.ground.patience import patience
from course_lib.press.notebooks.files import read_text
from course_lib.press.notebooks.rules import HOSTED, headline_problems

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "notebooks" / "home.py"
NEEDED = runpy.run_path(str(HOME))["NEEDED"]
WITH_OTHERS = {  # what comes with a package of the list: name in `import` → that package
    "IPython": "ipywidgets",
    "traitlets": "ipywidgets",
    "fontTools": "matplotlib",
    "filelock": "torch",
}
slow = pytest.mark.skipif(
    os.environ.get("COURSE_SLOW") != "1",
    reason="installs two Pythons' worth of packages and runs everything: set COURSE_SLOW=1",
)


def imported(path: Path) -> set[str]:
    """The dotted names that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def files_of(name: str) -> list[Path]:
    """The files of the course that importing a dotted name runs."""
    parts = name.split(".")
    places = [ROOT.joinpath(*parts[: i + 1]) for i in range(len(parts))]
    files = [p for place in places for p in (place.with_suffix(".py"), place / "__init__.py")]
    return [path for path in files if path.is_file()]


def from_outside(first: list[Path]) -> set[str]:
    """The packages, without Python's own, that files and all they import of the course need."""
    waiting, read, outside = list(first), set(), set()
    while waiting:
        path = waiting.pop()
        if path in read:
            continue
        read.add(path)
        for name in imported(path):
            package = name.partition(".")[0]
            if package == "course_lib":
                waiting += files_of(name)
            elif package not in sys.stdlib_module_names:
                outside.add(package)
    return outside


def test_the_list_of_needed_packages_is_what_notebooks_and_exercises_import():
    sources = [*written("lesson"), *written("exercises")]
    assert len(sources) >= 20
    assert from_outside(sources) - WITH_OTHERS.keys() == NEEDED.keys()


def test_every_exercise_book_says_what_to_do_on_a_hosted_notebook():
    """A rule of `notebooks check` asks the same of every notebook."""
    for folder, way in (("exercises", "../"), ("exercises/solutions", "../../")):
        books = sorted((ROOT / folder).glob("*.ipynb"))
        assert books
        for book in books:
            first = nbformat.read(book, as_version=4).cells[0].source
            assert f"`%run {way}notebooks/home.py`" in first, book
            assert (book.parent / way / "notebooks" / "home.py").is_file()


def test_a_notebook_without_the_line_breaks_a_rule():
    nb = read_text(written_for("04_maml", "lesson"))
    assert list(headline_problems(nb)) == []
    nb.cells[0].source = nb.cells[0].source.replace(HOSTED, "")
    assert any(HOSTED in problem for problem in headline_problems(nb))


def test_no_cell_gives_ipython_7_a_picture_with_a_keyword_that_it_does_not_know():
    """Its `Image` takes no `alt=`; `metadata={"alt": …}` says the same to every version."""
    for path in [*written("lesson"), *written("exercises")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Image":
                assert "alt" not in {keyword.arg for keyword in node.keywords}, path.name


def test_no_widget_is_shown_by_a_method_that_ipywidgets_7_lacks():
    """`bundle` writes out what it would give."""
    files = sorted((ROOT / "course_lib").rglob("*.py"))
    assert len(files) > 100
    assert [path.name for path in files if "_repr_mimebundle_" in path.read_text("utf-8")] == []


def run_home(folder: Path, code: str, *flags: str) -> subprocess.CompletedProcess:
    """A Python that knows nothing of the course runs `home.py` as `%run` would, then `code`."""
    run = f"import runpy; runpy.run_path({str(HOME)!r}, run_name='__main__'); {code}"
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    options = {"cwd": folder, "env": env, "capture_output": True, "text": True}
    limit = 120 * patience()
    return subprocess.run([sys.executable, *flags, "-c", run], timeout=limit, **options)


def test_home_finds_the_course_from_any_folder_and_leaves_a_notebook_in_its_own(tmp_path):
    where = "import course_lib, pathlib; print(course_lib.__file__, pathlib.Path.cwd(), sep='|')"
    for folder, then in ((tmp_path, HOME.parent), (ROOT / "exercises", ROOT / "exercises")):
        done = run_home(folder, where)
        assert done.returncode == 0, done.stderr
        ready, found = done.stdout.splitlines()
        assert ready == "The course is ready."
        assert found == f"{ROOT / 'course_lib' / '__init__.py'}|{then}"


def test_home_installs_only_what_is_missing_and_says_when_it_cannot(tmp_path, monkeypatch, capsys):
    home = runpy.run_path(str(HOME))
    calls, statuses = [], iter([0, 1])

    def pip(command, check):
        calls.append(command[1:])
        return subprocess.CompletedProcess(command, next(statuses))

    monkeypatch.setattr(subprocess, "run", pip)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(HOME.parent)
    home["settle"](ROOT)
    assert calls == []
    home["NEEDED"]["no_such_module"] = "no-such-package"
    home["settle"](ROOT)
    assert calls == [["-m", "pip", "install", "--quiet", "no-such-package"]]
    assert "Installing no-such-package" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="could not install no-such-package"):
        home["settle"](ROOT)


def test_a_notebook_that_has_run_there_leaves_no_kernel_behind(tmp_path):
    path = tmp_path / "one.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1 / 0")]), path)
    before = {child.pid for child in below(os.getpid())}
    assert errors_in(sys.executable, path, f'"{HOME}"') == ["ZeroDivisionError: division by zero"]
    assert {child.pid for child in below(os.getpid())} <= before


@slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", HOMES)
def test_every_notebook_runs_there_without_an_error(name, tmp_path):
    """From a copy of the folder, with the home's own packages and one `%run` before the rest."""
    python = make_home(name, tmp_path / "home")
    course = tmp_path / "the course"
    ignore = shutil.ignore_patterns(".git", ".venv", ".course", "build", "__pycache__")
    shutil.copytree(ROOT, course, ignore=ignore)
    found = {}
    for path in sorted(course.glob("notebooks/*.ipynb")):
        found[path.name] = errors_in(python, path, "home.py", colab=name == "colab")
    for path in sorted(course.glob("exercises/solutions/*.ipynb")):
        found[f"exercises {path.name}"] = errors_in(python, path, "../../notebooks/home.py")
    assert len(found) >= 20
    assert not any(found.values()), json.dumps(found, indent=1)

"""What the browser tests share: one JupyterLab, one browser, each notebook opened once."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.lab import ROOT, Lab, NotebookPage, browser, copy_unrun, notebook, why_not
from course_lib.ground.patience import Deadline

HERE = Path(__file__).parent
WITH_WIDGETS = [
    path.name
    for path in sorted(ROOT.glob("notebooks/*.ipynb"))
    if re.search(r"\b(W\d+\.show|bet)\(", path.read_text(encoding="utf-8"))
]
# A cell that keeps the kernel busy for as long as the file is there.
HOLD = "import pathlib, time\nwhile pathlib.Path('busy').exists(): time.sleep(0.02)"
TOY = [
    "from toy_widget import BROKEN, TOY\nTOY.show()",
    "BROKEN.show()",
    HOLD,
]  # fmt: skip
FEW_SHOT = [
    "from course_lib.widgets.w10_classifier import W10\nW10.show()",
    "from course_lib.widgets.w11_draw import W11\nW11.show()",
    HOLD,
]

AGAIN = [
    "from course_lib.widgets.w05_sines import W5\nW5.show()",
    "from toy_widget import TOY\nTOY.show()\nTOY.show()",
]
RIVALS = ["from course_lib.widgets.w12_rivals import W12\nW12.show()"]
QUIZ = ["from course_lib.widgets.quiz import score, self_test, weakest\nself_test()", "weakest()"]
PLANE = ["from course_lib.widgets.w20_plane import W20\nW20.show()"]
TRAINING = ["from course_lib.widgets.w19_training import W19\nW19.show()", HOLD]

BANDIT = [
    "from course_lib.widgets.w14_bandit import W14\nW14.show()",
    "import pathlib, time\ndef hold():\n    while pathlib.Path('busy').exists(): time.sleep(0.02)\n"
    "fast = W14.compute\nW14.compute = lambda state: hold() or fast(state)",
    "W14.show()",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks everything in this folder; without a browser it is skipped, but never on CI."""
    reason = why_not()
    if reason and os.environ.get("CI") == "true":
        raise pytest.UsageError(f"The browser tests must run here, but {reason}.")
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(600))  # a whole notebook runs in a fixture
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab over copies of the course's notebooks and one of the toy widgets."""
    folder = tmp_path_factory.mktemp("lab")
    for name in WITH_WIDGETS:
        copy_unrun(ROOT / "notebooks" / name, folder)
    (folder / "toy.ipynb").write_text(notebook(*TOY), encoding="utf-8")
    (folder / "few-shot.ipynb").write_text(notebook(*FEW_SHOT), encoding="utf-8")
    (folder / "again.ipynb").write_text(notebook(*AGAIN), encoding="utf-8")
    (folder / "rivals.ipynb").write_text(notebook(*RIVALS), encoding="utf-8")
    (folder / "plane.ipynb").write_text(notebook(*PLANE), encoding="utf-8")
    (folder / "quiz.ipynb").write_text(notebook(*QUIZ), encoding="utf-8")
    (folder / "training.ipynb").write_text(notebook(*TRAINING), encoding="utf-8")
    (folder / "bandit.ipynb").write_text(notebook(*BANDIT), encoding="utf-8")
    server = Lab(folder, HERE.parent)
    yield server
    server.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """A headless Chromium."""
    with browser() as it:
        yield it


@pytest.fixture
def named(request: pytest.FixtureRequest) -> str:
    """What a test does, as the name of its picture."""
    return re.sub(r"\W+", "-", request.node.name.removeprefix("test_")).strip("-")


@pytest.fixture
def busy(lab: Lab) -> Iterator[Path]:
    """A file: as long as it is there, a cell with `HOLD` keeps its kernel busy."""
    file = lab.folder / "busy"
    file.touch()
    yield file
    file.unlink(missing_ok=True)


@pytest.fixture(scope="session", params=WITH_WIDGETS)
def opened(request: pytest.FixtureRequest, lab: Lab, chromium) -> Iterator[NotebookPage]:
    """A notebook of the course, run to the end. `before` says what it showed until then, `shows`
    how many widgets its cells show, `live` how many those are with the cards of its bets."""
    page = NotebookPage(chromium, lab, request.param)
    cells = json.loads((ROOT / "notebooks" / request.param).read_text(encoding="utf-8"))["cells"]
    code = "".join(line for c in cells if c["cell_type"] == "code" for line in c["source"])
    page.shows = len(re.findall(r"\bW\d+\.show\(", code))
    page.live = page.shows + len(re.findall(r"^bet\(", code, re.MULTILINE))
    deadline = Deadline(60)
    while sum(page.visible_stills()) < page.shows and not deadline.over():
        page.page.wait_for_timeout(200)  # the first page of a busy lab shows its outputs late
    page.before = page.visible_stills(), page.page.locator(".course-widget").count()
    page.shot("before")
    page.run_all()
    yield page
    page.close()
    lab.stop_kernels()


@pytest.fixture(scope="session")
def toy(lab: Lab, chromium) -> Iterator[NotebookPage]:
    """The toy widgets on a screen with a touch panel and two pixels where others have one."""
    page = NotebookPage(chromium, lab, "toy.ipynb", device_scale_factor=2, has_touch=True)
    page.run_all()
    yield page
    page.close()
    lab.stop_kernels()


@pytest.fixture(scope="session")
def few_shot(lab: Lab, chromium) -> Iterator[NotebookPage]:
    """W10 and W11 on a screen with a touch panel."""
    page = NotebookPage(chromium, lab, "few-shot.ipynb", has_touch=True)
    page.run_all()
    yield page
    page.close()
    lab.stop_kernels()


@pytest.fixture(scope="session")
def rivals(lab: Lab, chromium) -> Iterator[NotebookPage]:
    """W12."""
    page = NotebookPage(chromium, lab, "rivals.ipynb")
    page.run_all()
    yield page
    page.close()
    lab.stop_kernels()


@pytest.fixture(scope="session")
def bandit(lab: Lab, chromium) -> Iterator[NotebookPage]:
    """W14, and once more with a kernel that makes no picture while it is held busy."""
    page = NotebookPage(chromium, lab, "bandit.ipynb")
    page.run_all()
    yield page
    page.close()
    lab.stop_kernels()


@pytest.fixture(scope="session")
def trainer(lab: Lab, chromium) -> Iterator[NotebookPage]:
    """W19."""
    page = NotebookPage(chromium, lab, "training.ipynb")
    page.run_all()
    yield page
    page.close()
    lab.stop_kernels()


@pytest.fixture(scope="session")
def tested(lab: Lab, chromium) -> Iterator[NotebookPage]:
    """The self-test, on a screen with a touch panel."""
    page = NotebookPage(chromium, lab, "quiz.ipynb", has_touch=True)
    page.run_all()
    yield page
    page.close()
    lab.stop_kernels()


@pytest.fixture(scope="session")
def in_the_plane(lab: Lab, chromium) -> Iterator[NotebookPage]:
    """W20, on a screen with a touch panel."""
    page = NotebookPage(chromium, lab, "plane.ipynb", has_touch=True)
    page.run_all()
    yield page
    page.close()
    lab.stop_kernels()

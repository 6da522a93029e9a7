"""Decks in a real browser: planted faults are found; sliders move pictures without a kernel."""

import json
from pathlib import Path

import nbformat
import pytest

from benchmarks.lab import PIXELS
from course_lib.ground.paths import ROOT
from course_lib.press.notebooks.files import Pair, find_pairs
from course_lib.press.slides import page as page_module
from course_lib.press.slides.check import Report, check, look_at
from course_lib.press.slides.frames import frames
from course_lib.press.slides.page import build
from course_lib.press.slides.pdf import count_pages, print_pdf
from course_lib.slides import STAGE

NOTES = "time: 1:00\n\nSay what there is to see."
STAGES = {  # a widget: the control that is moved, its values, the panels on the slide
    "W3": ("shots", [2, 8], [1]),
    "W5": ("steps", [0, 3], [0, 1]),
    "W6": ("steps", [1, 5], None),
    "W7": ("steps", [1, 3], [0]),
    "W8": ("steps", [2, 5], [0]),
    "W10": ("steps", [0, 3], [0]),
}
DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJg"
    "gg=="
)
FAULTS = {
    "too much": ("\n\n".join(["A line of text."] * 12), "sticks out of the slide"),
    "too wide": ("$$" + "x + " * 90 + "x$$", "The formula"),
    "no picture": ('<img src="nowhere.png" alt="a house">', "The picture 'a house' is missing"),
    "no alt": (f'<img src="data:image/png;base64,{DOT}">', "no alternative text"),
    "elsewhere": (
        '<img src="https://example.org/a.png" alt="far">',
        "asks for https://example.org",
    ),
    "raw math": ("It costs $\\alpha and no more.", "formula that was not drawn"),
    "wrong math": ("$$\\frac{1}{2$$", "A formula is wrong"),
    "unknown math": ("$$\\nosuch{1}$$", "A formula is wrong"),
    "small": ('<p style="font-size:20px">small words</p>', "20 pixels high"),
    "pale": ('<p style="color:#AAAAAA">pale words</p>', "has a contrast of"),
    "no letter": ("The sign \U000e1234 is drawn by no font.", "No font here has the letter"),
    "script": ("<script>console.error('broken here')</script>", "console says: broken here"),
    "two lines": ("", "more than one line"),
    "overlap": (
        '<p style="margin-bottom:-44px">first words</p>\n\n<p>second words</p>',
        "'first words' and 'second words' lie over one another",
    ),
    "on a picture": (
        f'<img src="data:image/png;base64,{DOT}" alt="a house" width="300" height="90">\n\n'
        '<p style="margin-top:-90px; text-align:center">words on it</p>',
        "lie over one another",
    ),
}


def cell(source: str, kind: str) -> nbformat.NotebookNode:
    made = nbformat.v4.new_markdown_cell(source)
    made.metadata = nbformat.from_dict({"slideshow": {"slide_type": kind}})
    return made


def staged(key: str, name: str, values: list, panels: list | None) -> nbformat.NotebookNode:
    """A code cell whose output asks for frames, as `stage` leaves it."""
    spec = {"widget": key, "controls": [[name, values]], "panels": panels, "height": 440,
            "status": True, "start": {name: values[0]}}  # fmt: skip
    data = {STAGE: spec, "image/png": DOT, "text/plain": "a widget"}
    made = nbformat.v4.new_code_cell("", execution_count=1)
    made.outputs = [nbformat.v4.new_output("display_data", data)]
    made.metadata = nbformat.from_dict({"slideshow": {"slide_type": "-"}})
    return made


def deck(folder: Path, name: str, cells: list) -> Pair:
    """A deck with these cells after its first slide, built in `folder`."""
    first = [cell("# Deck\n\n*Speaking time: …*", "slide"), cell(NOTES, "notes")]
    nb = nbformat.v4.new_notebook(cells=[*first, *cells])
    pair = Pair(name, folder / f"{name}.py", folder / f"{name}.ipynb")
    nbformat.write(nb, pair.ipynb)
    build(pair, folder)
    return pair


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("decks")


@pytest.fixture(scope="module")
def faulty(folder: Path, chromium) -> Report:
    """The report on a deck with one fault on each slide, and one slide without notes."""
    cells = []
    for name, (source, _) in FAULTS.items():
        title = f"{name} " * 12 if name == "two lines" else name
        cells += [cell(f"## {title}\n\n{source}", "slide"), cell(NOTES, "notes")]
    pair = deck(folder, "faulty", [*cells, cell("## silent", "slide")])
    report = Report("faulty")
    look_at(chromium, folder / f"{pair.name}.html", report)
    return report


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_planted_fault_is_found_on_its_slide(faulty: Report, name: str):
    number = 1 if name == "script" else 2 + list(FAULTS).index(name)
    words = FAULTS[name][1]
    assert any(words in problem for problem in faulty.found[number]), faulty.found


def test_a_slide_without_notes_and_timing_is_found_and_a_good_one_is_not(faulty: Report):
    assert {"It has no timing.", "It has no speaker notes."} <= set(faulty.found[faulty.count])
    assert faulty.found[1] == ["The browser's console says: broken here"]


def test_what_sticks_out_in_a_later_state_of_a_widget_is_found(folder: Path, chromium):
    stage = staged("W3", "learner", ["SGD", "nearest neighbours"], [0, 1])
    stage.outputs[0].data[STAGE]["height"] = 460  # its line of numbers is longer for neighbours
    pair = deck(folder, "later", [cell("## It grows", "slide"), stage, cell(NOTES, "notes")])
    report = Report("later")
    look_at(chromium, folder / f"{pair.name}.html", report)
    later = "With the control 'learning algorithm A' at place 2: "
    assert report.found[2]
    assert all(problem.startswith(later) for problem in report.found[2])


def test_words_of_a_widget_that_lie_over_one_another_are_found(folder: Path, chromium, monkeypatch):
    def crowded(spec: dict) -> dict:
        made = frames(spec)
        word = {"kind": "Text", "x": 3.0, "y": 1.0, "text": "word", "size": 12, "align": "center",
                "bold": False, "color": "#000000"}  # fmt: skip
        made["pool"] += [word, {**word, "text": "ward"}]
        made["frames"][1]["rows"][0][0]["marks"] += [len(made["pool"]) - 2, len(made["pool"]) - 1]
        return made

    monkeypatch.setattr(page_module, "frames", crowded)
    stage = staged("W5", "steps", [0, 3], [0, 1])
    pair = deck(folder, "crowded", [cell("## Crowded", "slide"), stage, cell(NOTES, "notes")])
    report = Report("crowded")
    look_at(chromium, folder / f"{pair.name}.html", report)
    assert report.found[2] == [
        "With the control 'inner steps K' at place 2: In the widget 'word' and 'ward' lie over one "
        "another."
    ]


@pytest.mark.parametrize(
    "pair", find_pairs(ROOT, [], "slides", "[!.]*"), ids=lambda pair: pair.name
)
def test_no_slide_of_the_course_has_a_problem(folder: Path, chromium, pair: Pair):
    build(pair, folder)
    report = Report(pair.name)
    look_at(chromium, folder / f"{pair.name}.html", report)
    assert report.count >= 8
    assert report.found == {}


@pytest.fixture(scope="module")
def moving(folder: Path, chromium):
    """A page with the six widgets, one on a slide."""
    cells = []
    for key, moved in STAGES.items():
        cells += [cell(f"## {key}", "slide"), staged(key, *moved), cell(NOTES, "notes")]
    deck(folder, "moving", cells)
    page = chromium.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.goto((folder / "moving.html").as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    yield page
    page.context.close()


@pytest.mark.parametrize("key", list(STAGES))
def test_without_a_kernel_a_slider_moves_the_picture(moving, key: str):
    moving.keyboard.press("PageDown")
    assert moving.locator(".slide.current h2").inner_text() == key
    canvas = moving.locator(".slide.current canvas")
    before = canvas.evaluate(PIXELS)
    track = moving.locator(".slide.current input[type=range]")
    box = track.bounding_box()
    moving.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    moving.mouse.down()
    moving.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2, steps=5)
    moving.mouse.up()
    assert moving.locator(".slide.current output").inner_text() == str(STAGES[key][1][-1])
    assert canvas.evaluate(PIXELS) != before


def test_keys_turn_slides_and_build_them_up(folder: Path, chromium):
    cells = [cell("## two\n\nfirst", "slide"), cell("second", "fragment"), cell(NOTES, "notes")]
    deck(folder, "turning", cells)
    page = chromium.new_context().new_page()
    page.goto((folder / "turning.html").as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    page.keyboard.press("ArrowRight")
    second = page.get_by_text("second", exact=True)
    assert page.get_by_text("first", exact=True).is_visible()
    assert not second.is_visible()
    page.keyboard.press("ArrowRight")
    assert second.is_visible()
    with page.expect_popup() as notes:
        page.keyboard.press("s")
    notes.value.wait_for_selector("html[data-ready]", state="attached")
    assert "Say what there is to see." in notes.value.inner_text("body")
    page.context.close()


def test_a_pdf_has_a_page_for_each_slide_with_and_without_notes(folder: Path, moving, chromium):
    for notes in (False, True):
        for path, pages in print_pdf(chromium, ["moving"], folder, notes):
            assert pages == count_pages(path) == 1 + len(STAGES)


def test_the_report_counts_slides_and_problems(folder: Path, chromium):
    pair = deck(folder, "short", [cell("## a\n\n$$e^{i\\pi}+1=0$$", "slide"), cell(NOTES, "notes")])
    pair.text.write_text(
        "# %% [markdown] slideshow={'slide_type': 'slide'}\n# # a\n", encoding="utf-8"
    )
    report = check(chromium, [pair], folder, ROOT, folder / "shots")
    assert json.loads(json.dumps(report)) == report
    assert [row["problems"] for row in report["rows"]] == [[], []]
    assert (report["slides"], report["problems"]) == (2, 0)
    assert sorted(p.name for p in (folder / "shots").iterdir()) == [
        "short-01.png", "short-02.png", "short-sheet-1.png",
    ]  # fmt: skip

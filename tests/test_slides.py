"""Decks without a browser: their slides, timings, equations, frames, pages, and who shows them."""

import json
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from course_lib.front_door import command_line, serving
from course_lib.front_door.places import Places
from course_lib.ground.paths import ROOT
from course_lib.press.notebooks.files import find_pairs, read_notebook, read_text
from course_lib.press.notebooks.sync import is_stale
from course_lib.press.slides.command_line import main
from course_lib.press.slides.deck import (
    MOST_CODE_LINES,
    deck_problems,
    slides_of,
    with_total,
)
from course_lib.press.slides.equations import bare, equation_problems
from course_lib.press.slides.frames import frames, rounded
from course_lib.press.slides.page import code, page
from course_lib.press.slides.source_map import missing_targets, read_map, uncovered
from course_lib.scenes.bilevel import bilevel
from course_lib.scenes.scene import Line, Panel, Points, Scene, Text
from course_lib.slides import STAGE
from course_lib.slides.figures import FONT, MOST_FRAMES, fitted, show, stage, values_of
from course_lib.slides.overlaps import overlaps
from course_lib.slides.pictures import scene_figure, two_levels
from course_lib.widgets.w05_sines import W5

PAIRS = find_pairs(ROOT, [], "slides", "[!.]*")


def cell(source: str, kind: str, tags: tuple = ()) -> nbformat.NotebookNode:
    """A Markdown cell of a slide type."""
    made = nbformat.v4.new_markdown_cell(source)
    made.metadata = nbformat.from_dict({"slideshow": {"slide_type": kind}, "tags": list(tags)})
    return made


def deck(*cells: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A notebook with copies of these cells."""
    copies = [nbformat.from_dict({**c, "id": f"cell-{i}"}) for i, c in enumerate(cells)]
    return nbformat.v4.new_notebook(cells=copies)


def ran(source: str) -> nbformat.NotebookNode:
    """A code cell that has run, of a fragment."""
    made = nbformat.v4.new_code_cell(source, execution_count=1)
    made.metadata = nbformat.from_dict({"slideshow": {"slide_type": "fragment"}})
    return made


FINE = (
    cell("# Deck\n\n*Speaking time: …*", "slide"),
    cell("time: 0:40\n\nSay hello to everybody.", "notes"),
    cell("## One", "slide"),
    cell("later", "fragment"),
    cell("time: 1:30\n\nSay one thing here.", "notes"),
)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_every_deck_is_run_in_step_and_complete(pair):
    nb = read_notebook(pair.ipynb)
    assert not is_stale(nb)
    assert [c.source for c in nb.cells] == [c.source for c in read_text(pair.text).cells]
    assert deck_problems(slides_of(nb), pair.name) == []


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_every_equation_of_a_deck_stands_in_a_notebook(pair):
    assert equation_problems(slides_of(read_text(pair.text)), ROOT) == []


def test_the_first_slide_says_the_sum_of_the_timings():
    slides = slides_of(deck(*FINE))
    assert [s.seconds for s in slides] == [40, 90]
    assert [s.steps for s in slides] == [1, 2]
    assert "*Speaking time: 2:10 minutes, 2 slides*" in with_total(FINE[0].source, slides)
    assert deck_problems(slides, "x") == []
    long_enough = ran("\n".join(["a = 1"] * MOST_CODE_LINES))
    assert deck_problems(slides_of(deck(*FINE[:3], long_enough, FINE[4])), "x") == []


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (FINE[:3], "no timing"),
        (FINE[:3], "no speaker notes"),
        ((*FINE, *FINE[2:]), "same title"),
        ((cell("# Deck", "slide"), FINE[1]), "Speaking time"),
        ((*FINE, cell("words", "slide"), FINE[1]), "no title"),
        ((*FINE[:4], cell("time: 130\n\nSay one thing here.", "notes")), "no timing"),
        ((*FINE[:3], ran("\n".join(["a = 1"] * (MOST_CODE_LINES + 1))), FINE[4]), "26 lines"),
    ],
)
def test_what_a_deck_lacks_is_said(cells, words):
    assert any(words in problem for _, problem in deck_problems(slides_of(deck(*cells)), "x"))


def test_slides_behind_the_end_are_counted_and_their_time_is_not_planned():
    slides = slides_of(deck(*FINE, cell("## Backup: more", "slide"), FINE[1]))
    assert [s.backup for s in slides] == [False, False, True]
    words = with_total(FINE[0].source, slides)
    assert "*Speaking time: 2:10 minutes, 2 slides; behind them 1 for questions*" in words


def test_code_is_shown_and_a_line_lit_only_where_the_cell_is_tagged_so(tmp_path):
    made = nbformat.v4.new_code_cell("one = 1\ntwo = 2")
    for tags, shown, lit in ((), 0, 0), (("show-input",), 1, 0), (("show-input", "lit:two"), 1, 1):
        made.metadata = nbformat.from_dict({"tags": list(tags)})
        text = code(made, tmp_path)
        assert (text.count("two"), text.count("<mark>")) == (shown, lit)


def test_a_cell_before_the_first_slide_is_refused():
    with pytest.raises(ValueError, match="before the first slide"):
        slides_of(deck(cell("words", "-")))


def test_an_equation_is_compared_without_its_looks():
    assert bare(r"L_T\big(M_{\varphi}(x),\; y\big).") == bare(r"L_T(M_{\varphi}(x), y)")
    assert bare(r"\tfrac12 x") == bare(r"\frac12x")
    assert bare(r"\leftarrow \theta") == bare(r"\leftarrow\theta") != bare(r"\theta")


@pytest.mark.parametrize(
    ("source", "tag", "problem"),
    [
        (r"$$\varphi = A(D^{\mathrm{train}})$$", "as-in:02_supervised_learning", None),
        (r"$$\varphi = A(D^{\mathrm{test}})$$", "as-in:02_supervised_learning", "does not stand"),
        (r"$$\varphi = A(D^{\mathrm{train}})$$", "as-in:02_no_such_notebook", "no notebook"),
        (r"$$\varphi = A(D^{\mathrm{train}})$$", "", "no tag"),
        (r"$$\varphi$$", "as-in:02_supervised_learning", "does not stand"),
        (r"$$e^{i\pi} = -1$$", "own-equation:a joke", None),
        (r"$$e^{i\pi} = -1$$", "own-equation:", "no tag"),
    ],
)
def test_an_equation_stands_in_the_notebook_that_its_tag_names(source, tag, problem):
    slides = slides_of(deck(cell(source, "slide", filter(None, [tag]))))
    found = [words for _, words in equation_problems(slides, ROOT)]
    assert found == [] if problem is None else problem in found[0]


def test_a_scene_on_a_slide_has_the_chosen_panels_its_height_and_letters_that_can_be_read():
    small = Panel([Text(0, 0, "word", size=9)], (0, 1), (0, 1), "small", "x", "y")
    other = Panel([Points([0], [0])], (0, 1), (0, 1), "other", "x", "y")
    scene = fitted(Scene([[small, other], [other]], "alt", "", [200, 100]), (0, 2), 450)
    assert [[p.title for p in row] for row in scene.rows] == [["small"], ["other"]]
    assert scene.heights == (150, 75)
    assert scene.rows[0][0].marks[0].size == 12
    with pytest.raises(ValueError, match="there are 0 to 2"):
        fitted(Scene([[small, other], [other]], "alt", "", [200, 100]), (0, 3), 450)


def test_a_figure_with_small_letters_or_without_room_is_refused():
    with plt.rc_context(FONT):
        fig, ax = plt.subplots(figsize=(10, 4))
        ax.set_title("tiny", size=12)
    with pytest.raises(ValueError, match="'tiny' is 17 pixels high"):
        show(fig, "a figure")
    plt.close(fig)
    with pytest.raises(ValueError, match="1300 × 400 pixels"):
        show(Figure((13, 4)), "a figure")


def test_a_figure_with_words_over_words_is_refused_and_a_crowd_side_by_side_is_not():
    with plt.rc_context(FONT):
        for x, crowded in ((0.5, True), (0.9, False)):
            fig, ax = plt.subplots(figsize=(10, 4))
            ax.text(0.4, 0.5, "one word")
            ax.text(x, 0.5, "another", rotation=90 * (not crowded))
            assert overlaps(fig) == [("one word", "another")] * crowded
            if crowded:
                with pytest.raises(ValueError, match="'one word' and 'another' lie over"):
                    show(fig, "a figure")
            plt.close(fig)


def test_the_bilevel_picture_of_a_slide_has_its_index_beside_its_letter():
    with plt.rc_context(FONT):
        found = []
        for fig in (scene_figure(bilevel(), height=5.3), two_levels()):
            fig.set_layout_engine("constrained")
            fig.draw_without_rendering()
            found.append(overlaps(fig))
            plt.close(fig)
    assert found == [[("A", "θ")] * 3, []]


def test_bare_names_take_every_value_of_a_slider_and_wrong_names_are_refused():
    assert values_of(W5, "steps", ["steps"]) == list(range(11))
    assert values_of(W5, "alpha", ["alpha"])[-1] == 0.05
    assert values_of(W5, "amplitude", {"amplitude": (1, 2)}) == [1.0, 2.0]
    with pytest.raises(ValueError, match="no control 'stepss'"):
        stage(W5, ["stepss"])
    with pytest.raises(ValueError, match=f"{MOST_FRAMES} are allowed"):
        stage(W5, ["steps", "alpha", "shots"])
    with pytest.raises(ValueError, match="opens with steps = 3"):
        stage(W5, {"steps": (0, 1)})


def spec_of(widget, grid: dict, panels, **start) -> dict:
    return {
        "widget": widget.key, "controls": list(grid.items()), "panels": panels, "height": 440,
        "status": True, "start": start,
    }  # fmt: skip


def test_frames_are_the_widget_s_own_pictures_with_the_last_control_fastest():
    spec = spec_of(W5, {"steps": [0, 2], "amplitude": [1.0, 3.0, 5.0]}, (0, 1), steps=2)
    made = frames(json.loads(json.dumps(spec)))
    assert len(made["frames"]) == 6
    assert [c["start"] for c in made["controls"]] == [1, 1]
    assert made["controls"][1]["texts"] == ["1.0", "3.0", "5.0"]
    drawn = W5.scene(W5.state_type(steps=2, amplitude=1.0)).rows[0][0].marks[-2]
    stored = made["pool"][made["frames"][3]["rows"][0][0]["marks"][-2]]
    assert isinstance(drawn, Line)
    np.testing.assert_allclose(stored["y"], drawn.y, rtol=1e-3)


def test_marks_that_frames_share_are_stored_once():
    made = frames(spec_of(W5, {"steps": [1, 2, 3]}, (0,), steps=1))
    numbers = [m for f in made["frames"] for row in f["rows"] for p in row for m in p["marks"]]
    assert len(made["pool"]) == len(set(numbers)) < len(numbers)


def test_rounding_keeps_four_digits_and_bytes():
    assert rounded({"x": [0.123456, None], "n": 3}) == {"x": [0.1235, None], "n": 3}
    assert rounded(b"abc") == {"base64": "YWJj"}


def test_a_page_names_nothing_outside_itself_but_mathjax(tmp_path):
    text = page(slides_of(deck(*FINE)), tmp_path)
    sources = [part.split('"')[0] for part in text.split('src="')[1:]]
    assert sources == ["mathjax/MathJax.js"]
    assert "http" not in text.split("</head>")[0]


def test_an_unknown_deck_gets_the_list_of_decks(capsys):
    assert main(["live", "nonsense"], ROOT) == 2
    assert capsys.readouterr().out.startswith("No deck is called 'nonsense': choose from ")


def test_present_says_what_the_slides_command_said(monkeypatch, capsys):
    monkeypatch.setattr(serving, "set_up", lambda places: None)
    monkeypatch.setattr(Places, "python", Path(sys.executable))
    assert command_line.main(["present", "nonsense"]) == 1
    assert "No deck is called 'nonsense'" in capsys.readouterr().err


def test_every_stored_stage_can_be_made_again():
    for pair in PAIRS:
        for made in read_notebook(pair.ipynb).cells:
            for output in made.get("outputs", []):
                if STAGE in output.get("data", {}):
                    spec = output.data[STAGE]
                    first = {name: values[:1] for name, values in spec["controls"]}
                    start_at = {**spec["start"], **{n: v[0] for n, v in first.items()}}
                    small = {**spec, "controls": list(first.items()), "start": start_at}
                    assert len(frames(small)["frames"]) == 1


def test_the_talk_takes_75_minutes_and_its_short_version_45():
    (pair,) = find_pairs(ROOT, ["talk"], "slides", "[!.]*")
    slides = [slide for slide in slides_of(read_notebook(pair.ipynb)) if not slide.backup]
    assert 70 < sum(slide.seconds for slide in slides) / 60 <= 75
    assert 40 < sum(slide.seconds for slide in slides if not slide.longer) / 60 <= 45


def test_every_slide_of_the_source_is_on_a_slide_of_ours_and_in_a_notebook():
    assert missing_targets(read_map(ROOT)["rows"], ROOT) == []


def test_the_map_lists_every_slide_of_the_source():
    made = read_map(ROOT)
    path = ROOT.parent / "shared" / "source" / made["source"]
    if not path.exists():
        pytest.skip(f"the source, {made['source']}, is not beside the course")
    assert uncovered(made["rows"], path.read_text(encoding="utf-8")) == []


def test_a_slide_that_the_map_forgets_is_found():
    text = "# A\nwords\n\n# A\nwords\nmore\n\n# B\n"
    rows = [{"line": n, "begins": b, "source": f"at {n}"} for n, b in ((1, "# A"), (4, "# A"))]
    last = {"line": 8, "begins": "# B", "source": "at 8"}
    assert uncovered([*rows, last], text) == []
    assert uncovered([rows[0], last], text) == ["at 1: '# A' comes again: that is another slide."]
    assert uncovered([*rows, {**last, "line": 7, "begins": "# C"}], text) != []
    assert uncovered(rows[1:], text) != []
    row = {"source": "x", "slides": ["No such slide"], "notebook": "04_maml#No such section"}
    assert len(missing_targets([row], ROOT)) == 2
    assert len(missing_targets([{**row, "slides": []}], ROOT)) == 2

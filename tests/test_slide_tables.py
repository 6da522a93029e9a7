"""Tables and pictures of slides: they say what the stored results and the papers' list say."""

import json
import re

import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.text import Annotation
from matplotlib.text import Text as Words

from course_lib import results
from course_lib.ground.paths import ROOT, written_for
from course_lib.maml import plane
from course_lib.press.notebooks.files import read_text
from course_lib.press.slides.equations import DISPLAY, bare
from course_lib.results import papers
from course_lib.rl2.mdps import study as mdp_study
from course_lib.scenes import plots
from course_lib.scenes.bilevel import bilevel
from course_lib.scenes.scene import Panel, Points, Rect, Scene, Text
from course_lib.slides import dots, sketches, tables
from course_lib.slides.figures import SMALLEST
from course_lib.slides.pictures import enlarged, scene_figure, unrolled
from course_lib.tasks import miniimagenet, omniglot

LIKE_THE_PAPER = {("omniglot", "fixed"), ("omniglot", "any"), ("omniglot", "any, long")}
PRINTED = [
    (
        "fewshot", "published", "omniglot",
        lambda r: (f"{r['n']}w{r['k']}s", {"method": r["method"]}),
    ),
    ("bandits", "paper", "bandits", lambda r: (r["player"], {"n": r["n"], "k": r["k"]})),
    ("mdps", "paper", "mdps", lambda r: (mdp_study.COLUMN[r["agent"]], {"n": r["n"]})),
    (
        "sinusoids", "published", "sinusoids",
        lambda r: (f"step {r['steps']}", {"init": r["init"], "shots": r["shots"]}),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("stored", "column", "table", "place"), PRINTED, ids=lambda x: str(x)[:9])
def test_a_paper_s_number_beside_ours_is_the_one_in_the_list(stored, column, table, place):
    told = set()
    for row in results.load(stored)["rows"]:
        cell, which = place(row)
        expected = papers.number(table, cell, **which)
        if stored == "fewshot" and (row["data"], row["head"]) not in LIKE_THE_PAPER:
            expected = None
        assert row[column] == expected
        told.add(row[column])
    assert len(told - {None}) > 5


def test_a_number_that_a_paper_does_not_print_is_none_and_an_unclear_row_is_refused():
    assert papers.number("omniglot", "5w1s", method="maml") == 98.7
    assert papers.number("omniglot", "20w1s", method="mann") is None
    assert papers.number("omniglot", "3w1s", method="maml") is None
    assert papers.number("bandits", "rl2", n=11, k=5) is None
    with pytest.raises(ValueError, match=r"3 rows of bandits fit \{'n': 10\}"):
        papers.number("bandits", "rl2", n=10)


def test_notebook_05_prints_what_the_papers_list_says():
    book = ROOT / "notebooks" / "05_the_second_order_gradient.ipynb"
    cells = json.loads(book.read_text("utf-8"))["cells"]
    text = "".join("".join(o.get("text", "")) for c in cells for o in c.get("outputs", ()))
    printed = {row["method"]: row for row in papers.rows("mini-imagenet")}
    for method in ("maml", "maml-first-order"):
        assert f"{tables.accuracy(printed[method]['5w1s'], 2)} %" in text


def test_every_table_of_a_paper_has_a_source_and_an_unknown_one_is_refused():
    for table in ("omniglot", "mini-imagenet", "bandits", "mdps", "mazes", "sinusoids"):
        assert papers.rows(table)
        assert papers.cited(table).endswith("(unchecked)") is not papers.fact(table)["checked"]
    with pytest.raises(
        ValueError, match="choose from applications, bandits, mazes, mdps, mini-imagenet, omniglot"
    ):
        papers.rows("imagenet")
    with pytest.raises(ValueError, match="No source is called"):
        papers.fact("imagenet")


def test_facts_that_are_called_checked_agree_with_the_data(data_root):
    known = papers.fact("omniglot facts")
    every = omniglot.load()
    assert len(every.images) == known["characters"]
    assert len(every.alphabet_names) == known["alphabets"]
    assert every.images.shape[1] == known["drawings"]
    counted = [len(miniimagenet.split_list(s)) for s in ("meta-train", "meta-val", "meta-test")]
    assert counted == papers.fact("mini-imagenet split, lists")["classes"]


@pytest.mark.parametrize("pulls", [10, 100, 500])
def test_a_bandit_table_holds_the_paper_s_row_above_ours_and_a_star_where_they_differ(pulls):
    header, rows, remarks = tables.bandits(pulls)
    stored = {(r["k"], r["player"]): r for r in results.load("bandits")["rows"] if r["n"] == pulls}
    assert len(rows) == 6
    for k, theirs, ours in zip((5, 10, 50), rows[::2], rows[1::2], strict=True):
        assert len(theirs) == len(ours) == len(header)
        for player, paper, mean in zip(tables.PLAYERS, theirs[1:], ours[1:], strict=False):
            row = stored[k, player]
            assert float(paper) == pytest.approx(row["paper"], abs=0.05)
            assert float(mean.rstrip("*")) == pytest.approx(row["mean"], abs=0.051)
            assert mean.endswith("*") == bool(row["flag"])
    assert any("*" in cell for row in rows for cell in row) == (len(remarks) > 1)
    with pytest.raises(ValueError, match="no trials of 11 pulls"):
        tables.bandits(11)


def test_the_paper_s_rule_finds_the_row_whose_marks_the_talk_has_kept():
    assert dots.best_players(500, 10) == {"gittins", "ots", "ucb1"}  # bold in the talk's text
    assert dots.not_behind({"a": 2.0, "b": 1.0, "c": 1.9}, dict.fromkeys("abc", 0.1)) == {"a", "c"}
    assert dots.best_players(100, 10, "mean") == {"gittins"}


def circles(ax, role: str) -> dict:
    """The places of the dots of a colour, and whether each is full."""
    found = {}
    for line in ax.lines:
        if (
            line.get_marker() == "o"
            and line.get_color() == tables.COLORS[role]
            and len(line.get_xdata())
        ):
            found[float(line.get_xdata()[0])] = line.get_markerfacecolor() == tables.COLORS[role]
    return found


@pytest.mark.parametrize("pulls", [10, 100, 500])
def test_the_picture_of_a_bandit_table_holds_each_of_its_numbers(pulls):
    fig = dots.bandits(pulls)
    rows = [r for r in results.load("bandits")["rows"] if r["n"] == pulls]
    for ax, k in zip(fig.axes, (5, 10, 50), strict=True):
        here = {r["player"]: r for r in rows if r["k"] == k and r["player"] in tables.PLAYERS}
        for role, whose in (("ink", "paper"), ("theta", "mean")):
            shown, best = circles(ax, role), dots.best_players(pulls, k, whose)
            assert set(shown) == {r[whose] for r in here.values()}
            full = {x for x, is_full in shown.items() if is_full}
            assert full >= {here[name][whose] for name in best}
    plt.close(fig)


def test_the_pictures_of_the_few_shot_tables_hold_each_of_their_numbers():
    fig = dots.omniglot(20)
    for ax, shots in zip(fig.axes, (1, 5), strict=True):
        printed = [r for r in papers.rows("omniglot") if r[f"20w{shots}s"]]
        errors = {100 - r[f"20w{shots}s"][0]: "bold" in r for r in printed}
        assert circles(ax, "ink") == pytest.approx(errors)
        own = [tables.ours(r["method"], 20, shots) for r in printed]
        own.append(tables.few_shot("nearest neighbour", 20, shots, "none"))
        assert set(circles(ax, "theta")) == {100 - cell[0] for cell in own if cell}
    plt.close(fig)
    fig = dots.mini_imagenet()
    for ax, shots in zip(fig.axes, (1, 5), strict=True):
        rows = papers.rows("mini-imagenet")
        assert circles(ax, "ink") == {r[f"5w{shots}s"][0]: "bold" in r for r in rows}
    plt.close(fig)


def test_a_trial_s_memory_is_fresh_at_its_beginning_alone_and_d_follows_an_episode_s_end():
    steps = sketches.steps_of(((3, 2), (2,)))
    assert [s.fresh for s in steps] == [True, False, False, False, False, True, False]
    assert [s.done for s in steps] == [False, False, False, True, False, False, False]
    assert [s.state for s in steps] == [0, 1, 2, 0, 1, 0, 1]
    fig = sketches.trial_picture()
    words = [t.get_text() for t in fig.axes[0].texts if t.get_text()]
    assert words.count("d = 1") == 1
    assert words.count("memory emptied") == 1
    arrows = [t for t in fig.findobj(Annotation) if not t.get_text()]
    assert len(arrows) == 2 * len(steps) + len(steps) - 2  # in, out, and on: but into a fresh one
    plt.close(fig)


def test_maml_s_figure_1_ends_where_the_meta_gradient_is_zero():
    fig = sketches.maml_in_the_plane(lr=0.4)
    tasks = plane.valleys(sketches.PLACES, narrow=2.5, turn=70.0)
    begin = torch.tensor(sketches.BEGIN, dtype=torch.float64)
    goal = plane.end(tasks, begin, "exact", lr=0.4, steps=1).point
    path = fig.axes[0].lines[0].get_xydata()
    torch.testing.assert_close(torch.tensor(path[0]), begin)
    torch.testing.assert_close(torch.tensor(path[-1]), goal, atol=1e-4, rtol=0)
    arrows = [a for a in fig.findobj(Annotation) if a.arrow_patch]
    for center, H, arrow in zip(tasks.centers, tasks.hessians, arrows, strict=True):
        step = torch.tensor(arrow.xy) - torch.tensor(arrow.xyann)
        torch.testing.assert_close(step, -0.4 * H @ (goal - center), atol=1e-4, rtol=0)
    plt.close(fig)


def test_the_three_maps_turn_the_gradient_further_with_the_step_size():
    fig = sketches.curvature()
    angles = [int(re.search(r"(\d+)° apart", ax.get_title())[1]) for ax in fig.axes]
    assert angles[0] < 10
    assert angles[2] > 90
    assert angles == sorted(angles)
    plt.close(fig)


def test_the_talk_compares_what_is_stored():
    header, rows, _ = tables.compared()
    assert all(len(row) == len(header) for row in rows)
    like = {"system": "maml", "budget": "equal", "data": "omniglot", "n": 20, "k": 1}
    (maml,) = (r for r in results.load("rivals")["rows"] if like.items() <= r.items())
    assert rows[-1][1] == f"{maml['accuracy']:.1f} ± {maml['ci']:.1f}"
    header, rows, remarks = tables.applications()
    assert len(rows) == len(papers.rows("applications"))
    assert "(unchecked)" in remarks[0]


def test_our_few_shot_numbers_stand_beside_the_paper_s():
    header, rows = tables.omniglot(20)
    assert header.count("ours") == 2
    maml = next(row for row in rows if row[0] == "MAML")
    stored = next(
        r
        for r in results.load("fewshot")["rows"]
        if (r["data"], r["n"], r["k"], r["method"], r["head"]) == ("omniglot", 20, 1, "maml", "any")
    )
    assert maml[1] == "95.8 ± 0.3"
    assert maml[2] == f"{stored['accuracy']:.1f} ± {stored['ci']:.1f}"
    assert "MANN, no conv" not in [row[0] for row in rows]  # the paper prints nothing at 20 ways
    assert tables.accuracy(None) == tables.NONE


def test_a_rival_stands_in_the_talk_by_its_best_row_and_in_its_own_protocol(monkeypatch):
    like = {"data": "omniglot", "n": 5, "k": 1, "budget": "equal", "ci": 0.5}
    rows = [
        {**like, "system": "mann", "protocol": "n-way k-shot", "accuracy": 90.0},
        {**like, "system": "mann", "protocol": "by instance", "accuracy": 80.0},
        {**like, "system": "siamese", "protocol": "n-way k-shot", "accuracy": 94.0},
        {**like, "system": "siamese", "protocol": "n-way k-shot", "accuracy": 95.0},
    ]
    load = results.load
    monkeypatch.setattr(
        results, "load", lambda name: {"rows": rows} if name == "rivals" else load(name)
    )
    assert tables.ours("mann", 5, 1) == (80.0, 0.5)
    assert tables.ours("siamese", 5, 1) == (95.0, 0.5)
    assert tables.ours("memory", 5, 1) is None
    assert tables.ours("maml", 5, 1) == tables.few_shot("maml", 5, 1)


def test_the_four_objectives_on_a_slide_are_cut_from_the_notebook_s_equation():
    cells = tables.array("03_the_meta_objective")
    assert [len(row) for row in cells] == [3] * 6
    text = "\n".join(
        c.source for c in read_text(written_for("03_the_meta_objective", "lesson")).cells
    )
    whole = "".join(bare(e) for e in DISPLAY.findall(text) if "array" in e)
    formulas = [cell for row in cells for cell in row if cell.startswith("$")]
    assert len(formulas) == 10
    assert all(bare(formula.strip("$")) in whole for formula in formulas)
    with pytest.raises(ValueError, match="no equation that is a table"):
        tables.array("04_maml")


def test_a_table_says_ours_in_colour_and_escapes_what_it_is_given():
    made = tables.html(["a", "b"], [["<x>", "1"], ["y", "2"]], ours=(1,))
    assert "&lt;x&gt;" in made
    assert made.count(tables.COLORS["theta"]) == 3


def test_a_scene_on_a_slide_keeps_its_places_and_has_letters_that_can_be_read():
    assert enlarged(Text(1, 2, "word", size=10), 1.8).size == SMALLEST
    assert enlarged(Points([1], [2], size=5), 2).size == 10
    assert enlarged(Rect(0, 1, 0, 1, border=1), 2).border == 2
    fig = scene_figure(bilevel())
    words = [t for t in fig.findobj(Words) if t.get_text()]
    assert len(words) > 10
    assert all(t.get_size() / plots.PT > SMALLEST - 0.01 for t in words)
    plt.close(fig)
    with pytest.raises(ValueError, match="has a frame"):
        scene_figure(Scene([[Panel([], (0, 1), (0, 1), "", "x", "y")]], "alt"))


def test_an_emptied_memory_has_no_arrow_into_the_next_step():
    counts = {}
    for cuts in ((), (2,)):
        fig, ax = plt.subplots()
        unrolled(ax, ["h"] * 4, ["x"] * 4, ["y"] * 4, ["theta"] * 4, cuts=cuts)
        counts[cuts] = len(ax.findobj(Annotation))
        plt.close(fig)
    assert counts == {(): 4 + 4 + 3, (2,): 4 + 4 + 2}

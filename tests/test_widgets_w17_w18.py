"""W17 and W18: what they show is what was trained and what is stored."""

from dataclasses import replace
from itertools import product

import pytest
import torch
from widget_checks import check_picture

from course_lib import results
from course_lib.beyond import watched
from course_lib.beyond.step_sizes import OWN, parted
from course_lib.beyond.study import Place, at, gap, winner
from course_lib.scenes.scene import Bars, Points, Text
from course_lib.widgets import w17_step_sizes as w17
from course_lib.widgets import w18_who_wins as w18
from course_lib.widgets.w17_step_sizes import W17
from course_lib.widgets.w18_who_wins import W18


def trained(state: w17.State, outer_steps: int) -> w17.State:
    """`state` after Train and so many outer steps, without a page."""
    state = w17.train(state)
    while state.running and state.done < outer_steps:
        state = w17.advance(state)
    return state


def test_step_sizes_leave_where_they_began_and_a_frozen_tensor_s_stay():
    state = trained(w17.State(frozen="w1"), 50)
    both = watched.at("w1", 50)
    assert (both[OWN + "w1"] == torch.tensor(0.01)).all()
    assert (both[OWN + "b0"] - 0.01).abs().max() > 1e-3
    start = watched.at("w1", 0)
    assert (both["w1"] - start["w1"]).abs().max() > 1e-3  # the weights themselves still move
    assert "α of w1 frozen" in W17.scene(state).status
    check_picture(W17, state)


def test_training_goes_on_after_a_stop_and_begins_anew_with_another_wish():
    state = replace(trained(w17.State(), 50), running=False)
    assert w17.train(state).done == 50
    other = replace(state, frozen="b0")
    assert w17.train(other).done == 0
    running = replace(trained(w17.State(), 25), frozen="b0")
    assert not w17.advance(running).running


def test_a_training_ends_by_itself(monkeypatch):
    monkeypatch.setattr(w17, "LAST", 50)
    assert trained(w17.State(), 10**9).done == 50


@pytest.mark.parametrize("swap", list(watched.SWAPS))
def test_swapping_twice_is_nothing_and_once_moves_step_sizes_alone(swap):
    both = watched.shipped()
    once = watched.swapped(both, swap)
    twice = watched.swapped(once, swap)
    theta, rates = parted(both)
    for name in theta:
        assert torch.equal(once[name], both[name])
        assert torch.equal(twice[OWN + name], both[OWN + name])
    moved = {name for name in rates if not torch.equal(once[OWN + name], rates[name])}
    assert moved == set(watched.SWAPS[swap])


def test_the_bars_are_the_means_of_the_step_sizes_on_show():
    state = w17.State(swap="w0 ↔ w2")
    _, rates = parted(watched.shipped())
    layers = W17.scene(state).rows[0][0]
    heights = [mark.y[0] for mark in layers.marks if isinstance(mark, Bars)]
    asked = ["w2", "b0", "w1", "b1", "w0", "b2"]
    assert heights == pytest.approx([rates[name].mean().item() for name in asked], abs=1e-5)


# --- W18 ------------------------------------------------------------------------------------------


RACES = pytest.mark.parametrize("tasks", list(w18.LOOKS))


def places(tasks):
    world = w18.LOOKS[tasks].world
    return [Place(*each) for each in product(world.met, sorted(world.shots), world.budgets)]


@RACES
def test_the_map_names_the_way_with_the_least_error_at_every_place(tasks):
    world = w18.LOOKS[tasks].world
    stored = results.load(world.table)["rows"]
    for words, i in w18.BY_WORDS.items():
        panel = W18.scene(w18.State(tasks, compute=words)).rows[0][0]
        told = [mark.text for mark in panel.marks if isinstance(mark, Text) and mark.bold]
        for text, place in zip(
            told, [p for p in places(tasks) if p.budget == world.budgets[i]], strict=True
        ):
            same = [row for row in stored if row["shots"] == place.shots]
            keys = place.met, place.budget
            here = [row for row in same if (row[world.things], row["budget"]) == keys]
            here += [row for row in same if row["method"] == "scratch"]
            assert len(here) == 5
            best = min(here, key=lambda row: row["error"])
            assert text == w18.NAMES[best["method"]]


def test_a_gap_is_paired_over_tasks_and_counts_the_trainings():
    a = {"error": 3.0, "tasks": [1.0, 3.0, 5.0], "train_se": 0.0, "each": [3.0] * 3}
    b = {"error": 2.0, "tasks": [0.0, 2.0, 4.0], "train_se": 0.0, "each": [2.0] * 3}
    assert gap(a, b) == (1.0, 0.0)  # the same distance on every task
    student = 2.776  # for 95 % and four degrees of freedom, as printed in any table of t
    assert gap(a, {**b, "train_se": 1.0})[1] == pytest.approx(student, abs=1e-3)
    wide = gap(a, {**b, "tasks": [2.0, 2.0, 2.0]})[1]
    assert wide == pytest.approx(1.96 * 2 / 3**0.5)


@RACES
def test_who_is_said_to_be_as_good_is_not_surely_worse(tasks):
    world = w18.LOOKS[tasks].world
    for place in places(tasks):
        rows, (best, near) = at(place, world), winner(place, world)
        for way, row in rows.items():
            difference, half = gap(row, rows[best])
            assert (way in near) == (way != best and difference <= half)


@pytest.mark.parametrize(("tasks", "met"), [("sinusoids", 50), ("glyphs", 900)])
def test_a_click_shows_the_numbers_of_that_place(tasks, met):
    state = w18.clicked(w18.State(tasks), "2 many")
    look, place = w18.LOOKS[tasks], w18.place_of(state)
    assert place == (met, max(look.world.shots), look.world.budgets[-1])
    bars = W18.scene(state).rows[1][0]
    rows = at(place, look.world)
    heights = [mark.y[0] for mark in bars.marks if isinstance(mark, Bars)]
    assert heights == pytest.approx([w18.shown(look, row["error"]) for row in rows.values()])
    dots = [mark for mark in bars.marks if isinstance(mark, Points)]
    assert [len(mark.y) for mark in dots] == [3] * 5
    check_picture(W18, state)


def test_no_place_has_a_single_sure_winner_as_the_lesson_says():
    assert all(winner(place)[1] for place in places("sinusoids"))


def test_other_tasks_begin_at_their_first_column_and_every_column_is_one_of_the_map():
    far = w18.State(column=3)
    assert W18.turned(far, "tasks", "glyphs") == replace(far, tasks="glyphs", column=0)
    with pytest.raises(ValueError, match="columns 0 to 2"):
        w18.State("glyphs", column=3)


def test_budgets_are_told_in_words():
    told = [w18.budget_words(n) for n in (600, 60_000, 1_000_000)]
    assert told == ["600 passes", "60 thousand passes", "1 million passes"]

"""W0, W1 and W2: what the contract of all widgets (test_widget_contract.py) cannot know."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm
from widget_checks import check_scene

from course_lib import results
from course_lib.scenes import course_map
from course_lib.scenes.scene import Image, Rect, Text
from course_lib.supervised import study
from course_lib.tasks.tails import expected_unseen
from course_lib.widgets import scores
from course_lib.widgets import w00_few_shot_game as w0
from course_lib.widgets import w01_tail as w1
from course_lib.widgets import w02_painters as w2


def marks(scene):
    return [mark for row in scene.rows for panel in row for mark in panel.marks]


def play(state, *, right, click=w0.answered):
    """`state` after one more answer, right or wrong, and its comment."""
    state = w0.next_question(state)
    truth = w0.compute(state).question.answer
    return click(state, w0.LETTERS[truth if right else (truth + 1) % state.ways])


# --- W0 · be the learner ------------------------------------------------------------------------


def test_w0_shows_the_bet_on_the_game_that_it_was_made_on():
    from course_lib.widgets.bets import ledger

    assert "You bet" not in w0.W0.scene().status
    ledger.lock("00.score", question="?", bet=70.0, sure=60, told="70 %", late=False)
    scene = w0.W0.scene()
    assert scene.status.endswith("You bet 70 %.")
    rings = [m for m in scene.rows[1][0].marks if getattr(m, "shape", "") == "ring"]
    assert [(ring.x, ring.y) for ring in rings] == [((70.0,), (1.0,))]
    assert "You bet" not in w0.W0.scene(w0.State(ways=10)).status
    ledger.path().write_text("rubbish")
    assert "You bet" not in w0.W0.scene().status


def test_w0_the_query_is_no_support_picture_and_has_its_answers_class():
    pool = w0.pool().numpy()
    for number in range(8):
        q = w0.question(0, 5, 3, number)
        assert not (q.support == q.query).all((-2, -1)).any()
        (char,) = {c for c in range(len(pool)) if (pool[c] == q.query).all((-2, -1)).any()}
        shown = q.support[q.answer]
        assert all((pool[char] == picture).all((-2, -1)).any() for picture in shown)


def test_w0_answers_are_spread_over_all_columns():
    truths = [w0.question(0, 5, 1, number).answer for number in range(100)]
    assert all(8 <= truths.count(c) <= 34 for c in range(5))


def test_w0_right_and_wrong_answers_are_counted():
    state = w0.State()
    for right in (True, False, True):
        state = play(state, right=right)
    data = w0.compute(state)
    assert (data.right, data.answered) == (2, 3)
    assert "2 of 3 right" in w0.draw(data).status


def test_w0_the_pixels_answer_the_same_questions():
    state = w0.State()
    for number in range(12):
        state = play(state, right=True)
        asked = [w0.question(0, 5, 1, i) for i in range(number + 1)]
        assert w0.compute(state).pixels_right == sum(q.answer == q.pixel_answer for q in asked)


def test_w0_a_comment_frames_the_right_column_and_the_wrong_answer():
    colors = [m.color for m in marks(w0.W0.scene(w0.State())) if isinstance(m, Rect)]
    assert w0.Rect(0, 1, 0, 1, "good").color not in colors
    for right, framed in ((True, ["good"]), (False, ["good", "bad"])):
        frames = [m for m in marks(w0.W0.scene(play(w0.State(), right=right)))]
        frames = {m.color for m in frames if isinstance(m, Rect) and m.border == 4.0}
        assert frames == {w0.Rect(0, 1, 0, 1, color).color for color in framed}


def test_w0_a_double_click_answers_once():
    once = play(w0.State(), right=True)
    assert w0.answered(once, "A") == once
    assert w0.answered(once, w0.GO_ON).number == 1


def test_w0_each_game_keeps_its_own_score_and_its_place():
    state = play(w0.State(), right=True)
    other = replace(state, ways=10)
    assert (other.number, other.commented, w0.compute(other).answered) == (0, False, 0)
    back = replace(play(other, right=False), ways=5)
    assert (back.number, w0.compute(back).right, w0.compute(back).answered) == (1, 1, 1)


def test_w0_a_letter_that_is_no_column_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="There is no column F: the columns are A to E"):
        w0.answered(w0.State(), "F")


def test_w0_an_answer_beyond_the_classes_is_refused():
    with pytest.raises(ValueError, match="has no answer 5"):
        w0.State(answers=((5, 1, 5),))


def test_w0_other_characters_start_a_new_game():
    state = w0.other_characters(play(w0.State(), right=True))
    assert state.answers == ()
    assert (w0.compute(state).question.query != w0.question(0, 5, 1, 0).query).any()


def test_w0_a_click_records_the_first_answer_to_each_question():
    state = w0.State()
    for right in (True, False, True, True):
        state = play(state, right=right, click=w0.W0.on_click)
    assert scores.score(5, 1) == (3, 4)
    again = play(w0.State(), right=False, click=w0.W0.on_click)
    assert (again.note, scores.score(5, 1)) == ("", (3, 4))


def test_w0_computing_and_drawing_leave_the_score_alone():
    w0.W0.scene(play(w0.State(), right=True))
    assert not scores.path().exists()


@pytest.mark.parametrize("fault", ["damaged", "unwritable"])
def test_w0_goes_on_and_says_so_when_the_score_cannot_be_saved(fault, monkeypatch, tmp_path):
    if fault == "damaged":
        scores.path().write_text("{")
    else:
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("COURSE_SCORES", str(tmp_path / "file" / "scores.json"))
    state = play(w0.State(), right=True, click=w0.W0.on_click)
    assert "This answer was not saved" in w0.W0.scene(state).status
    assert w0.compute(state).answered == 1


def test_w0_every_support_picture_is_a_button_until_the_answer_is_given():
    def clickable(state):
        return [m.click for m in marks(w0.W0.scene(state)) if isinstance(m, Image) and m.click]

    assert sorted(clickable(w0.State(ways=3, shots=2))) == ["A", "A", "B", "B", "C", "C"]
    assert clickable(play(w0.State(), right=True)) == []


# --- W1 · the long tail -------------------------------------------------------------------------


def test_w1_every_example_is_counted_and_an_unseen_class_is_never_recognised():
    for state in (w1.State(), w1.State(budget=1.0), w1.State(exponent=2.0, classes=500)):
        data = w1.compute(state)
        assert data.count.sum() == state.examples
        assert (data.alone[data.count == 0] == 0).all()
        assert (data.shared[data.count == 0] == 0).all()


def test_w1_the_number_of_unseen_classes_is_as_expected():
    worlds = [w1.compute(w1.State(seed=seed)) for seed in range(40)]
    unseen = np.array([(w.count == 0).sum() for w in worlds])
    expected = expected_unseen(worlds[0].chance, worlds[0].state.examples)
    assert abs(unseen.mean() - expected) < 4 * unseen.std() / 40**0.5


def test_w1_the_learner_with_experience_finds_the_spread_that_nobody_told_it():
    rng = np.random.default_rng(0)
    n, centre = np.full((400, 1), 6), rng.standard_normal((400, 16))
    mean = centre + w1.SPREAD / 6**0.5 * rng.standard_normal(centre.shape)
    squares = w1.SPREAD**2 * rng.chisquare(5, centre.shape)
    _, variance = w1.with_shared_spread(mean, squares, n)
    # predictive variance of a Gaussian with known σ and prior N(0, 1): σ² + 1/(n/σ² + 1)
    expected = w1.SPREAD**2 + 1 / (6 / w1.SPREAD**2 + 1)
    assert np.allclose(variance.mean(0), expected, rtol=0.15)


def test_w1_answers_are_those_of_a_loop_over_gaussian_densities():
    rng = np.random.default_rng(1)
    tests, seen = rng.standard_normal((7, 3, 4)), np.array([0, 2, 3, 6])
    mean, variance = rng.standard_normal((4, 4)), rng.uniform(0.5, 2, (4, 4))
    rates = []
    for c in range(7):
        hits = []
        for x in tests[c]:
            density = [norm(m, v**0.5).logpdf(x).sum() for m, v in zip(mean, variance, strict=True)]
            hits.append(seen[int(np.argmax(density))] == c)
        rates.append(np.mean(hits))
    assert np.allclose(w1._right(tests, seen, mean, variance), rates)


def test_w1_experience_helps_in_the_tail_and_not_where_there_is_plenty():
    def gain(state):
        worlds = [w1.compute(replace(state, seed=seed)) for seed in range(12)]
        return np.array([(w.shared - w.alone)[w.tail].mean() for w in worlds])

    middle, plenty = gain(w1.State(budget=3.5)), gain(w1.State(budget=5.0))
    assert middle.mean() - 4 * middle.std() / 12**0.5 > 0.3
    assert abs(plenty.mean()) < 0.03


def test_w1_head_and_tail_are_named():
    data = w1.compute(w1.State())
    assert data.chance[data.head].sum() >= 0.5 > data.chance[data.head][:-1].sum()
    assert len(data.chance[data.tail]) == 150


# --- W2 · two painters --------------------------------------------------------------------------


def answer_w2(state, *, right):
    """`state` after one more answer in W2, and its comment."""
    state = w2.go_on(state) if state.commented else state
    truth = w2.compute(state).question.truth
    return w2.on_click(state, w2.LETTERS[truth if right else 1 - truth])


def test_w2_the_query_is_by_the_painter_it_is_said_to_be_and_not_in_the_support():
    for number, q in enumerate(w2.questions(0, 0.5)):
        assert not (q.support == q.query).all((-3, -2, -1)).any()
        painted = w2.works(0, q.truth, 0.5 if q.truth else 0.0)
        assert (painted[w2.SHOTS + number] == q.query).all()
        assert (painted[: w2.SHOTS] == q.support[q.truth]).all()


def test_w2_the_first_painter_is_the_same_at_every_difference():
    firsts = [w2.questions(0, level)[0].support[0] for level in w2.LEVELS]
    assert all((first == firsts[0]).all() for first in firsts)


def test_w2_right_and_wrong_answers_are_counted_over_several_pairs_of_painters():
    state = w2.State()
    for right in (True, False, True, True):
        state = answer_w2(state, right=right)
    assert (state.pair, state.number) == (1, 0)
    data = w2.compute(state)
    assert (data.right[0], data.answered) == (3, 4)
    assert "3 of 4 right" in w2.draw(data).status


def test_w2_each_difference_keeps_its_own_score():
    state = answer_w2(w2.State(), right=True)
    other = replace(state, difference=1.0)
    assert (w2.compute(other).answered, other.commented, other.number) == (0, False, 0)


def test_w2_a_double_click_answers_once():
    once = answer_w2(w2.State(), right=True)
    assert w2.on_click(once, "B") == once


def test_w2_a_name_that_is_no_painter_is_refused():
    with pytest.raises(ValueError, match="There is no painter C"):
        w2.on_click(w2.State(), "C")


@pytest.mark.parametrize("difference", [0.3, 1.25])
def test_w2_a_difference_between_the_levels_is_refused(difference):
    with pytest.raises(ValueError, match="choose"):
        w2.State(difference=difference)


# --- What W2's machines do ----------------------------------------------------------------------


def test_experience_finds_the_covariances_that_made_the_numbers():
    rng = np.random.default_rng(0)
    within, between = np.array([[1.0, 0.6], [0.6, 2.0]]), np.array([[0.5, -0.2], [-0.2, 0.3]])
    half = rng.multivariate_normal([0, 0], between, 4000)
    noise = rng.multivariate_normal([0, 0], within, (4000, 2, 3))
    works = noise + rng.standard_normal((4000, 1, 1, 2)) * 5
    works += np.stack([half, -half], 1)[:, :, None]
    learned = study.learn_experience(works)
    diagonal = np.diag(np.diag(within))
    assert np.allclose(learned.within, 0.9 * within + 0.1 * diagonal, atol=0.05)
    assert np.allclose(learned.between, between, atol=0.05)


def test_with_experience_answers_as_the_gaussian_posterior_does():
    rng = np.random.default_rng(0)
    within, between = np.diag([0.5, 2.0, 1.0]), np.diag([1.0, 0.1, 0.4])
    support, query = rng.standard_normal((2, 3, 3)), rng.standard_normal((50, 3))
    means = support.mean(1)
    middle, half = means.mean(0), (means[0] - means[1]) / 2
    posterior = half * np.diag(between) / (np.diag(between) + np.diag(within) / 6)
    first = norm(middle + posterior, np.diag(within) ** 0.5).logpdf(query).sum(1)
    second = norm(middle - posterior, np.diag(within) ** 0.5).logpdf(query).sum(1)
    answers = study.with_experience(support, query, study.Experience(within, between))
    assert (answers == (second > first)).all()


def test_by_pixels_finds_the_painter_of_an_identical_picture():
    support = np.random.default_rng(0).random((2, 3, 10))
    assert study.by_pixels(support, support.reshape(6, 10)).tolist() == [0, 0, 0, 1, 1, 1]


def test_one_painting_per_painter_is_too_few_to_learn_a_spread():
    with pytest.raises(ValueError, match="needs 2 or more paintings"):
        study.learn_experience(np.zeros((5, 2, 1, 3)))


def test_the_stored_study_of_painters_fits_its_code():
    rows = results.load("painters")["rows"]
    accuracy = [(r["difference"], r["learner"]) for r in rows if r["what"] == "accuracy"]
    assert accuracy == [(d, name) for d in study.LEVELS for name in study.LEARNERS]
    assert [r["pairs"] for r in rows if r["what"] == "curve"] == list(study.CURVE)
    experience = study.load_experience()
    assert experience.within.shape == experience.between.shape == (15, 15)
    at_chance = [r for r in rows if r["what"] == "accuracy" and r["difference"] == 0]
    assert all(abs(r["accuracy"] - 0.5) < 1.5 * r["ci95"] for r in at_chance)


def test_how_far_experience_is_ahead_is_known_better_pair_by_pair_than_among_strangers():
    rows = results.load("painters")["rows"]
    plain = {r["difference"]: r for r in rows if r.get("learner") == "no experience"}
    led = [r for r in rows if "ahead" in r]
    assert len(led) == len(study.LEVELS) + len(study.CURVE)
    for r in led:
        other = plain[r["difference"]]
        assert r["ahead"] == pytest.approx(r["accuracy"] - other["accuracy"], abs=2e-4)
        assert r["ahead_ci95"] < (r["ci95"] ** 2 + other["ci95"] ** 2) ** 0.5


# --- The map of the course ----------------------------------------------------------------------


def test_the_map_builds_each_notebook_on_earlier_ones_and_places_all():
    for number, (title, before) in course_map.NOTEBOOKS.items():
        assert title
        assert all(other < number for other in before)
    assert sorted(n for row in course_map.ROWS for n in row) == list(course_map.NOTEBOOKS)


def test_the_map_says_which_notebooks_are_missing(tmp_path):
    for name in ("00_start_here.ipynb", "04_maml.ipynb", "99_other.ipynb", "notes.ipynb"):
        (tmp_path / name).touch()
    there = course_map.present(tmp_path)
    assert there == {"00", "04"}
    scene = course_map.scene(there)
    check_scene(scene)
    assert "In preparation: 01, 02, 03, 05" in scene.alt
    assert scene.status == "2 of 13 notebooks are here."
    words = [m.text for m in marks(scene) if isinstance(m, Text)]
    assert words.count("in preparation") == 11


def test_the_map_knows_every_notebook_by_its_number():
    folder = Path(course_map.__file__).parents[1] / "notebooks"
    found = {path.name[:2] for path in folder.glob("*.ipynb")}
    assert found == course_map.present(folder)

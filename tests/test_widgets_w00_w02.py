"""W0, W1 and W2: what the contract of all widgets (test_widget_contract.py) cannot know."""

from dataclasses import replace

import pytest

from course_lib import scores
from course_lib.scene import Image, Rect
from course_lib.widgets import w00_few_shot_game as w0


def marks(scene):
    return [mark for row in scene.rows for panel in row for mark in panel.marks]


def play(state, *, right, click=w0.answered):
    """`state` after one more answer, right or wrong, and its comment."""
    state = w0.next_question(state)
    truth = w0.compute(state).question.answer
    return click(state, w0.LETTERS[truth if right else (truth + 1) % state.ways])


# --- W0 · be the learner ------------------------------------------------------------------------


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

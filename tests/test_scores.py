"""The reader's score: kept on this machine, counted once, and never the reason for a crash."""

import json

import pytest

from course_lib.widgets import scores


@pytest.fixture(autouse=True)
def own_file(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_SCORES", str(tmp_path / "deep" / "scores.json"))


def test_without_a_file_there_is_no_score_and_the_summary_says_how_to_begin():
    assert scores.score(5, 1) == (0, 0)
    assert "play W0" in scores.summary()


def test_answers_are_counted_by_game():
    scores.record(5, 1, "0:0", True)
    scores.record(5, 1, "0:1", False)
    scores.record(10, 1, "0:0", True)
    assert scores.score(5, 1) == (1, 2)
    assert scores.score(10, 1) == (1, 1)
    assert scores.score(5, 5) == (0, 0)
    assert "5-way 1-shot: 1 of 2 right" in scores.summary()


@pytest.mark.parametrize("first", [True, False])
def test_the_first_answer_to_a_question_stays(first):
    scores.record(5, 1, "0:0", first)
    scores.record(5, 1, "0:0", not first)
    assert scores.score(5, 1) == (int(first), 1)


def test_nothing_but_the_file_is_left_behind():
    scores.record(5, 1, "0:0", True)
    left = {p.name for p in scores.path().parent.iterdir()}
    assert left <= {"scores.json", ".scores.json.lock"}


@pytest.mark.parametrize(
    "content",
    [b"{", b"", b"[]", b"3", b'{"5-way 1-shot": 1}', b'{"a": {"0:0": "yes"}}', b"\xff\xfe"],
)
def test_a_damaged_file_gives_a_sentence_and_is_not_overwritten(content):
    scores.path().parent.mkdir(parents=True)
    scores.path().write_bytes(content)
    for ask in (scores.read, scores.summary, lambda: scores.record(5, 1, "0:0", True)):
        with pytest.raises(ValueError, match=r"scores\.json is damaged: delete it"):
            ask()
    assert scores.path().read_bytes() == content


def test_the_file_is_plain_json():
    scores.record(5, 1, "0:0", True)
    assert json.loads(scores.path().read_text()) == {"5-way 1-shot": {"0:0": True}}


# --- Wilson's interval --------------------------------------------------------------------------


@pytest.mark.parametrize(("right", "answered"), [(0, 1), (3, 3), (7, 10), (210, 500), (0, 40)])
def test_both_ends_of_the_interval_solve_wilsons_equation(right, answered):
    rate = right / answered
    for p in scores.wilson(right, answered):
        assert abs(rate - p) == pytest.approx(1.96 * (p * (1 - p) / answered) ** 0.5, abs=1e-9)


def test_the_interval_is_symmetric_under_exchange_of_right_and_wrong():
    low, high = scores.wilson(3, 10)
    assert scores.wilson(7, 10) == pytest.approx((1 - high, 1 - low))


def test_without_answers_every_rate_is_possible():
    assert scores.wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("right", "answered"), [(-1, 3), (4, 3)])
def test_impossible_counts_are_refused(right, answered):
    with pytest.raises(ValueError, match="0 ≤ right ≤ answered"):
        scores.wilson(right, answered)

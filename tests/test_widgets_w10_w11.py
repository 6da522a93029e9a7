"""W10 and W11: what they show is what the library computes, at the extremes too."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image as Picture
from widget_checks import check_scene

import course_lib
from course_lib import few_shot
from course_lib.few_shot.classify import classify
from course_lib.tasks import omniglot, strokes
from course_lib.widgets import w10_classifier as w10
from course_lib.widgets import w11_draw as w11

W10, W11 = w10.W10, w11.W11


# --- W10 ------------------------------------------------------------------------------------------


def test_w10_shows_the_librarys_predictions():
    state = w10.State(ways=4, shots=2, alpha=0.3, steps=2, episode=3)
    data = w10.compute(state)
    _, ((xs, ys), (xq, yq)) = w10.episode("glyphs", 4, 2, 3)
    theta = w10.load_learner("glyphs-any").theta
    logits = few_shot.path_logits(theta, (xs, ys), xq, num_ways=4, alpha=0.3, steps=2)
    np.testing.assert_allclose(data.chances, logits.softmax(-1).numpy(), atol=1e-6)
    right = (data.chances[-1].argmax(-1) == w10.truth_of(data)).mean()
    assert w10.truth_of(data).tolist() == yq.tolist()
    assert data.accuracies == pytest.approx((right,))


def test_w10_starts_at_chance_and_ends_above_it():
    data = w10.compute(w10.State(ways=20, steps=1))
    assert data.chances[0] == pytest.approx(np.full((20, 20), 1 / 20))
    assert data.chances[1].max() > 0.5
    mean = np.mean([w10.accuracy(w10.State(ways=20, steps=1).setting, e) for e in range(10)])
    assert mean > 0.5


def test_w10_takes_a_shorter_path_from_a_longer_one(monkeypatch):
    w10.PATHS.known.clear()
    long = w10.chances(w10.State(steps=4).setting, 0)
    monkeypatch.setattr(few_shot, "walk", lambda *a, **k: pytest.fail("computed again"))
    short = w10.chances(w10.State(steps=2).setting, 0)
    assert torch.equal(short, long[:3])


def test_w10_walks_a_path_bit_by_bit_as_at_once():
    w10.PATHS.known.clear()
    at_once = w10.chances(w10.State(steps=4).setting, 0)
    w10.PATHS.known.clear()
    bits = [w10.chances(w10.State(steps=steps).setting, 0) for steps in (0, 1, 3, 4)]
    assert torch.equal(bits[-1], at_once)


def test_w10_keeps_support_and_query_apart():
    for number in range(20):
        draw, _ = w10.episode("glyphs", 20, 10, number)
        support, query = draw.support[0].tolist(), draw.query[0].tolist()
        assert all(set(s).isdisjoint(q) for s, q in zip(support, query, strict=True))
        assert len(set(draw.classes[0].tolist())) == 20


def test_w10_keeps_the_mean_of_each_setting_apart():
    state = w10.more_episodes(w10.State())
    assert state.episode == w10.MORE
    assert len(w10.compute(state).accuracies) == w10.MORE + 1
    other = replace(state, ways=3)
    assert len(w10.compute(other).accuracies) == 1
    back = replace(w10.new_episode(other), ways=5)
    assert len(w10.compute(back).accuracies) == w10.MORE + 1
    again = w10.new_episode(replace(back, episode=0))
    assert len(again.record) == len(back.record), "an episode counts once"
    assert w10.forget(again).record == ()


def test_the_mean_and_its_interval_are_the_textbooks():
    mean, ci = w10.mean_and_ci((0.5, 1.0, 0.0))
    assert mean.tolist() == [50, 75, 50]
    assert ci[0] == 0
    assert ci[2] == pytest.approx(1.96 * 50 / 3**0.5)


def test_without_omniglot_w10_says_what_it_shows_instead(monkeypatch):
    monkeypatch.setattr(omniglot, "find", lambda: None)
    w10.characters.cache_clear()
    w10.episode.cache_clear()
    w10.PATHS.known.clear()
    status = W10.scene(w10.State(data="omniglot")).status
    w10.characters.cache_clear()
    w10.episode.cache_clear()
    w10.PATHS.known.clear()
    assert "Omniglot is not on this machine" in status
    assert "python -m course_lib data omniglot" in status


def test_w10_names_the_device():
    assert f"Computed on {course_lib.device()}" in W10.scene(w10.State()).status


# --- W11 ------------------------------------------------------------------------------------------

ROOF = (0.1, 0.5, 0.9), (0.1, 0.9, 0.1)
BAR = (0.1, 0.9), (0.5, 0.5)


def drawn(pads: dict) -> w11.State:
    """Two classes drawn by hand; the strokes are given in each pad's unit square."""
    state = w11.clear(w11.State(ways=2))
    corner = {"A1": 0, "B1": 1, "query": 0}
    for pad, (x, y) in pads.items():
        xs = tuple(corner[pad] + 0.04 + 0.92 * v for v in x)
        state = w11.stroke(state, pad, xs, tuple(0.04 + 0.92 * v for v in y))
    return state


def test_w11_shows_the_librarys_prediction():
    state = w11.State(ways=4, shots=2, steps=2)
    drawings, asked = w11.examples(0)
    support = drawings[:4, :2].reshape(-1, 28, 28)
    learner = w11.learner("glyphs")
    said = classify(
        support, np.arange(4).repeat(2), drawings[asked, 3][None], checkpoint="glyphs-any", steps=2,
        alpha=learner.alpha, ink=1,
    )  # fmt: skip
    np.testing.assert_allclose(w11.compute(state).chances, said[0].numpy(), atol=1e-3)


@pytest.mark.parametrize(("shape", "answer"), [(ROOF, 0), (BAR, 1)])
def test_w11_tells_a_roof_from_a_bar(shape, answer):
    data = w11.compute(drawn({"A1": ROOF, "B1": BAR, "query": shape}))
    assert data.chances.argmax() == answer
    assert data.chances.sum() == pytest.approx(1)
    assert data.chances[answer] > 0.6


def test_w11_and_classify_agree():
    state = drawn({"A1": ROOF, "B1": BAR, "query": ROOF})
    pictures = np.stack(list(w11.compute(state).pictures.values()))
    said = classify(pictures[:2], [0, 1], pictures[2:], checkpoint="glyphs-any")
    np.testing.assert_allclose(w11.compute(state).chances, said[0].numpy(), atol=1e-5)


def test_w11_asks_for_the_pads_that_are_empty():
    assert "pad A1 next: 3 of 3" in W11.scene(w11.clear(w11.State(ways=2))).status
    half = drawn({"A1": ROOF})
    assert "pad B1 next: 2 of 3" in W11.scene(half).status
    assert w11.compute(half).chances is None
    check_scene(W11.scene(half))


def test_a_stroke_replaces_the_example_of_its_pad_and_undo_brings_it_back():
    start = w11.State()
    after = w11.stroke(start, "A1", (0.2, 0.8), (0.5, 0.5))
    assert (w11.picture_of(after, "B1") == w11.picture_of(start, "B1")).all()
    assert w11.picture_of(after, "A1").shape == (105, 105)
    assert w11.undo(after) == start


def test_a_stroke_on_a_pad_that_is_gone_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="no pad E1"):
        w11.stroke(w11.State(ways=2), "E1", (0.5,), (0.5,))


def test_a_live_widget_takes_each_stroke_once():
    live = W11.live(example=None)
    first = {"type": "stroke", "count": 1, "name": "A1", "x": [0.2, 0.8], "y": [0.5, 0.5]}
    second = {"type": "stroke", "count": 2, "name": "A1", "x": [0.5], "y": [0.2]}
    live.canvas.event = {"count": 1, "waiting": [first]}
    live.canvas.event = {"count": 2, "waiting": [first, second]}
    assert live.error is None
    assert len(live.state.strokes) == 2
    assert live.canvas.answered == 2


def test_a_stroke_leaves_ink_where_it_was_drawn():
    picture = strokes.rasterise([((0.0, 1.0), (0.5, 0.5))])
    assert picture.shape == (105, 105)
    assert (picture[52] > 0).all()
    assert not picture[:45].any()
    assert not picture[60:].any()
    top = strokes.rasterise([((0.5,), (1.0,))])
    assert top[0, 50:54].any()
    assert not top[10:].any()
    with pytest.raises(ValueError, match="as many x as y"):
        strokes.rasterise([((), ())])


def test_picture_files_are_read_as_the_keyboards_alternative(tmp_path):
    page = Picture.new("L", (60, 40), 255)
    page.paste(0, (25, 5, 35, 35))
    page.save(tmp_path / "bar.png")
    pictures = strokes.read_pictures([tmp_path / "bar.png"])
    assert pictures.shape == (1, 105, 105)
    assert pictures[0, 0, 0] == 255
    assert pictures[0, 52, 52] == 0
    with pytest.raises(FileNotFoundError, match="check the name"):
        strokes.read_pictures([tmp_path / "none.png"])
    (tmp_path / "words.png").write_text("no picture")
    with pytest.raises(ValueError, match="save it as PNG"):
        strokes.read_pictures([tmp_path / "words.png"])
    with pytest.raises(ValueError, match="one path at least"):
        strokes.read_pictures([])

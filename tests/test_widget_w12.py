"""W12: every system's answer is the library's, and what is spoiled is spoiled for all."""

import numpy as np
import pytest
import torch

from course_lib.few_shot import rival_games, rival_rows, rivals
from course_lib.scenes.scene import Image, Rect, Text
from course_lib.tasks import omniglot
from course_lib.widgets import w12_rivals as w12


def marks_of(state: w12.State) -> tuple:
    return w12.W12.scene(state).rows[0][0].marks


def words_of(state: w12.State) -> list[str]:
    return [mark.text for mark in marks_of(state) if isinstance(mark, Text)]


@pytest.mark.parametrize("spoil", ["as drawn", "thick pen"])
def test_it_shows_the_librarys_answers(spoil):
    state = w12.State(ways=4, shots=2, spoil=spoil, episode=3)
    data = w12.compute(state)
    (xs, ys), (xq, yq) = w12.episode("glyphs", 4, 2, 3)[1]
    xq = rival_games.SPOILS[spoil](xq)
    assert data.truth.tolist() == yq.tolist()
    for one, found in zip(data.systems, data.chances, strict=True):
        with torch.no_grad():
            said = one.rival.ask(one.theta, (xs[None], ys[None]), xq[None], 4)[0].exp()
        np.testing.assert_allclose(found, said, atol=1e-5)
        np.testing.assert_allclose(found.sum(-1), 1, atol=1e-5)


def test_what_is_computed_ahead_is_what_it_shows(monkeypatch):
    state = w12.State(ways=7, seen="matching", episode=4)
    w12.said.cache_clear()
    w12.looked.cache_clear()
    cold = w12.compute(state)
    w12.said.cache_clear()
    w12.looked.cache_clear()
    assert len(list(w12.ahead(state))) == len(cold.systems) + 1
    monkeypatch.setattr(rivals.Rival, "ask", lambda *_: pytest.fail("computed again"))
    warm = w12.compute(state)
    assert (warm.chances == cold.chances).all()
    assert (warm.looks == cold.looks).all()


def test_every_system_is_in_the_picture_or_said_to_be_absent():
    scene = w12.W12.scene()
    words = " ".join(words_of(w12.State()))
    for name in rival_rows.systems():
        assert name in words or name in scene.status.split("Not here")[1]


def test_the_support_stays_as_drawn_and_the_queries_do_not():
    plain, bold = (w12.compute(w12.State(spoil=name)) for name in ("as drawn", "thick pen"))
    assert (plain.support == bold.support).all()
    assert (bold.query >= plain.query).all()
    assert bold.query.sum() > plain.query.sum()


def test_the_query_that_is_asked_is_framed_and_a_click_asks_another():
    state = w12.clicked(w12.State(), "q3")
    assert state.asked == 3
    pictures = [mark for mark in marks_of(state) if isinstance(mark, Image)]
    assert [m.click for m in pictures if m.click] == ["q0", "q1", "q2", "q4"]
    (framed,) = (mark for mark in pictures if mark.border == 4)
    assert (framed.pixels == 255 - w12.compute(state).query[3]).all()


def test_next_query_goes_round_and_a_new_episode_begins_with_the_first():
    assert w12.next_query(w12.State(ways=2, asked=1)).asked == 0
    after = w12.new_episode(w12.State(asked=2))
    assert (after.episode, after.asked) == (1, 0)
    assert (w12.compute(after).support != w12.compute(w12.State()).support).any()


def test_fewer_ways_ask_about_a_class_that_is_there():
    assert w12.W12.turned(w12.State(ways=20, asked=19), "ways", 2).asked == 0
    with pytest.raises(ValueError, match="ask about 0 to 1"):
        w12.State(ways=2, asked=2)


def test_a_system_is_named_right_where_its_largest_probability_is_the_truth():
    data = w12.compute(w12.State())
    right, _, wrong = w12.sentence(data).partition("Right: ")[2].partition("Wrong: ")
    for one, p in zip(data.systems, data.chances[:, 0], strict=True):
        assert one.name in (right if p.argmax() == 0 else wrong)


def test_without_omniglot_it_says_that_glyphs_stand_in(monkeypatch):
    monkeypatch.setattr(omniglot, "find", lambda: None)
    w12.said.cache_clear()
    assert "glyphs stand in" in w12.W12.scene(w12.State(data="omniglot")).status


def test_weights_of_other_characters_are_named_so():
    strangers = [one for one in w12.systems("omniglot") if one.data not in ("", "omniglot")]
    assert strangers == []
    assert all(one.data in ("", "glyphs", "omniglot") for one in w12.systems("glyphs"))


def bars(state: w12.State) -> list[float]:
    """The lengths of the bars on the support pictures, 0…1, row after row of each class."""
    marks = [m for m in marks_of(state) if isinstance(m, Rect) and m.fill == w12.SHADE]
    return [round((m.x1 - m.x0) / w12.BAR, 5) for m in marks]


def numbers(state: w12.State) -> list[str]:
    """What stands on the bars."""
    return [m.text for m in marks_of(state) if isinstance(m, Text) and m.y > 0 and not m.bold]


@pytest.mark.parametrize("name", [n for n in rival_rows.systems() if rivals.find(n).look])
def test_the_support_shows_what_the_system_looks_at(name):
    state = w12.State(ways=3, shots=2, seen=name, episode=1, asked=2)
    one, (_, (xq, _)) = rival_games.player(name), w12.episode("glyphs", 3, 2, 1)[1]
    words = w12.on_the_support(w12.compute(state))
    if one is None:
        assert words == f"On the support: nothing of {name}, which has no weights yet."
        assert bars(state) == []
        return
    (xs, ys), _ = w12.episode("glyphs", 3, 2, 1)[1]
    want = one.rival.look.of(one.theta, (xs[None], ys[None]), xq[None], 3)[0]
    looks = want[2 * w12.queries(3)].tolist()
    assert numbers(state) == [w12.number(one.rival.look.kind, value) for value in looks]
    assert one.rival.look.words in words
    best = min(looks) if one.rival.look.kind == "distance" else max(looks)
    assert bars(state)[looks.index(best)] == max(bars(state))
    assert len(bars(state)) == 6
    assert 0 <= min(bars(state)) <= max(bars(state)) <= 1


@pytest.mark.parametrize("name", [n for n in rival_rows.systems() if not rivals.find(n).look])
def test_a_system_that_looks_at_no_picture_is_said_to(name):
    state = w12.State(seen=name)
    assert f"On the support: nothing of {name}: " in w12.W12.scene(state).status
    assert bars(state) == []


def test_bars_are_shares_cosines_above_zero_and_the_least_distance_by_each():
    looks = np.array([[0.5, 4.0], [1.0, 2.0]], np.float32)
    assert w12.strength("distance", looks).tolist() == [[1.0, 0.125], [0.5, 0.25]]
    assert w12.strength("distance", np.zeros((2, 1))).tolist() == [[1.0], [1.0]]
    assert w12.strength("cosine", np.array([-0.5, 0.25])).tolist() == [0.0, 0.25]
    assert w12.strength("share", np.array([0.75, 0.25])).tolist() == [0.75, 0.25]


def test_small_pictures_have_bars_without_numbers():
    state = w12.State(ways=20, shots=5)
    assert len(bars(state)) == 100
    assert numbers(state) == []


@pytest.mark.parametrize("ways", [2, 5, 12, 20])
@pytest.mark.parametrize("shots", [1, 3, 5])
def test_no_bar_covers_a_picture(ways, shots):
    marks = marks_of(w12.State(ways=ways, shots=shots))
    pictures = [m for m in marks if isinstance(m, Image)]
    strips = [m for m in marks if isinstance(m, Rect) and m.y1 > 0]
    assert len(strips) == 2 * ways * shots
    for strip in strips:
        assert not [p for p in pictures if p.y0 < strip.y1 and strip.y0 < p.y1]


def test_two_systems_that_see_the_same_are_still_told_apart():
    """At one shot with the same distance they are the same thing."""
    for name in ("prototypical", "matching-l2"):
        marks = marks_of(w12.State(shots=1, seen=name))
        bold = {mark.text for mark in marks if isinstance(mark, Text) and mark.bold}
        assert bold & set(rival_rows.systems()) == {name}

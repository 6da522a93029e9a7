"""Work ahead: the slider's next places are computed while nobody waits, and nothing of it shows."""

import sys
import threading
import time
from dataclasses import dataclass

import pytest
import torch
from IPython.utils.capture import capture_output
from toy_widget import TOY, ToyState

from course_lib.widgets import ahead, w10_classifier, w13_sequence
from course_lib.widgets.core import Live, Widget, slider


@dataclass(frozen=True)
class State:
    ways: int = slider(5, 2, 8, label="ways")
    rate: float = slider(0.5, 0.0, 1.0, step=0.1, label="rate")


class Loop:
    """What the kernel's main loop is for `Ahead`: it calls when it is told to."""

    def __init__(self):
        self.calls = []

    def call_soon_threadsafe(self, call_later, seconds, call):
        self.calls.append((seconds, call))

    call_later = is_closed = staticmethod(lambda *_: False)

    def run(self, most=1000):
        """All calls, and those that they ask for."""
        for _ in range(most):
            if not self.calls:
                return
            _, call = self.calls.pop(0)
            call()


@pytest.fixture
def done(monkeypatch):
    """(a live widget, its loop, the places that were computed ahead); it needs no rest."""
    monkeypatch.setattr(ahead, "REST", 0.0)
    return made()


def made(piece=lambda state: None) -> tuple[Live, Loop, list]:
    places = []

    def pieces(state):
        places.append(state)
        yield piece(state)

    draw = lambda state: TOY.scene(ToyState(clicks=state.ways, amplitude=state.rate))  # noqa: E731
    live = Widget("W97", "Slow", State, lambda state: state, draw, ahead=pieces).live()
    live.ahead.loop = Loop()
    return live, live.ahead.loop, places


def test_the_next_places_of_a_slider_are_computed_and_nothing_is_shown(done):
    live, loop, places = done
    live.inputs["ways"].value = 4
    assert places == []  # the answer first
    shown = live.canvas.scene
    loop.run()
    assert [state.ways for state in places] == [3, 2, 5, 6, 7, 8]  # it went down: on and back
    assert live.canvas.scene is shown
    assert live.state == State(ways=4)


def test_the_places_are_written_as_the_page_writes_them(done):
    live, loop, places = done
    live.inputs["rate"].value = 0.6
    loop.run()
    assert [state.rate for state in places] == [0.7, 0.8, 0.5, 0.9, 1.0, 0.4, 0.3, 0.2, 0.1, 0.0]


def test_before_the_first_move_the_first_slider_may_go_both_ways(monkeypatch):
    live, loop, places = made()
    live.ahead.shown()
    assert [seconds for seconds, _ in loop.calls] == [ahead.LOOK]
    live.ahead.rest_until = 0.0
    loop.run()
    assert [state.ways for state in places] == [6, 4, 7, 3, 8, 2]
    assert {state.rate for state in places} == {0.5}


def test_what_is_shown_in_a_notebook_works_ahead(monkeypatch):
    begun = []
    monkeypatch.setattr(ahead.Ahead, "shown", lambda self: begun.append(self.live))
    with capture_output():
        live = TOY.shown()
    live.close()
    assert begun == [live]


def test_it_rests_until_the_answer_is_away(monkeypatch):
    live, loop, places = made()
    live.inputs["ways"].value = 6
    seconds, call = loop.calls.pop()
    assert (seconds, loop.calls) == (ahead.REST, [])
    monkeypatch.setattr(ahead.time, "monotonic", lambda: live.ahead.rest_until - 0.01)
    call()  # the slider was moved again in between
    assert places == []
    assert [seconds for seconds, _ in loop.calls] == [pytest.approx(0.01)]


def test_the_next_move_ends_what_was_begun(done):
    live, loop, places = done
    live.inputs["ways"].value = 6
    live.inputs["ways"].value = 3
    loop.run()
    assert [state.ways for state in places] == [2, 4, 5, 6, 7, 8]


def test_whatever_the_reader_does_ends_it_after_the_piece_at_hand(done):
    live, loop, places = made(lambda state: live.ahead.stop())
    live.inputs["ways"].value = 4
    loop.run()
    assert [state.ways for state in places] == [3]
    live.inputs["ways"].value = 5
    live.update(lambda: State(ways=8))
    loop.run()
    assert [state.ways for state in places] == [3]


def test_an_error_is_left_to_whoever_comes_there(done, capsys):
    def planted(state):
        if state.ways == 7:
            raise RuntimeError("planted")

    live, loop, places = made(planted)
    live.inputs["ways"].value = 6
    loop.run()
    assert [state.ways for state in places] == [7]
    assert (live.error, live.canvas.problem, capsys.readouterr().err) == (None, "", "")


def test_pieces_that_take_long_are_not_taken(done, monkeypatch):
    monkeypatch.setattr(ahead, "LONG", 0.001)
    live, loop, places = made(lambda state: time.sleep(0.01))
    live.inputs["ways"].value = 4
    loop.run()
    assert [state.ways for state in places] == [3]


def test_after_each_slice_the_kernel_listens(done, monkeypatch):
    monkeypatch.setattr(ahead, "SLICE", 0.001)
    live, loop, places = made(lambda state: time.sleep(0.002))
    live.inputs["ways"].value = 4
    loop.run(most=1)
    assert len(places) == 1
    assert [seconds for seconds, _ in loop.calls] == [ahead.BREATH]


def test_a_closed_widget_does_nothing_ahead(done):
    live, loop, places = done
    live.inputs["ways"].value = 4
    live.close()
    loop.run()
    assert places == []


def test_a_widget_that_has_none_asks_for_no_time():
    live = TOY.live()
    live.ahead.loop = Loop()
    live.inputs["amplitude"].value = 3.0
    assert live.ahead.loop.calls == []


def test_w10_shows_what_was_computed_ahead(monkeypatch):
    w10, state = w10_classifier, w10_classifier.State(ways=6, steps=2, episode=7)
    w10.PATHS.known.clear()
    cold = w10.compute(state)
    w10.PATHS.known.clear()
    assert len(list(w10.ahead(state))) == 4
    monkeypatch.setattr(w10.PATHS, "go_on", lambda *_: pytest.fail("computed again"))
    assert (w10.compute(state).chances == cold.chances).all()


def test_w13_shows_what_was_computed_ahead(monkeypatch):
    w13, state = w13_sequence, w13_sequence.State(pairs=12, amplitude=2.3)
    w13.answers.cache_clear()
    cold = w13.compute(state)
    w13.answers.cache_clear()
    assert len(list(w13.ahead(state))) == len(w13.LEARNERS)
    monkeypatch.setattr(w13, "learners", lambda: pytest.fail("computed again"))
    warm = w13.compute(state)
    for name in w13.LEARNERS:
        assert torch.equal(warm.curves[name], cold.curves[name])


def test_an_event_in_another_thread_does_not_wait_for_the_piece(done):
    """In JupyterLab events come to a thread of their own."""

    def piece(state):
        if live.state.ways == 4:  # the reader goes on while it is computed
            event = threading.Thread(target=lambda: setattr(live.inputs["ways"], "value", 8))
            event.start()
            event.join(timeout=60)
            assert not event.is_alive()

    live, loop, places = made(piece)
    live.inputs["ways"].value = 4
    loop.run()
    assert live.state == State(ways=8)
    assert [state.ways for state in places] == [3, 7, 6, 5, 4, 3, 2]  # then from the new place


def test_two_threads_compute_what_one_does():
    w10 = w10_classifier
    states = [w10.State(ways=ways, steps=2, episode=3) for ways in range(2, 8)]
    alone = [w10.compute(state).chances for state in states]
    w10.PATHS.known.clear()
    found, usual = {}, sys.getswitchinterval()

    def walk(who, order):
        found.update({(who, i): w10.compute(states[i]).chances for i in order})

    ways = range(len(states)), reversed(range(len(states)))
    threads = [threading.Thread(target=walk, args=each) for each in enumerate(ways)]
    sys.setswitchinterval(ahead.SWITCH)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(usual)
    assert len(found) == 2 * len(states)
    assert all((chances == alone[i]).all() for (_, i), chances in found.items())
